import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mtldemo import data
from mtldemo.config import SharingConfig, WeightingConfig
from mtldemo.errors import DivergedError
from mtldemo.study import Arm, StudyConfig, plan
from mtldemo.training.compute import ResolvedCompute


def test_seeds_come_one_after_the_other(tiny: StudyConfig) -> None:
    assert [job.name for job in plan.jobs(tiny)] == ["equal-s0", "single-age-s0", "equal-s1", "single-age-s1"]


def test_what_arms_cost_beside_each_other(tiny: StudyConfig) -> None:
    arms = (*tiny.arms, Arm("mgda", WeightingConfig("mgda")))
    costs = plan.relative_seconds(dataclasses.replace(tiny, arms=arms))
    assert costs["equal"] == 1.0
    assert costs["mgda"] > 1.5
    timed = dataclasses.replace(tiny, arms=(dataclasses.replace(arms[0], steps=10),), seconds_a_step={"equal": 0.5})
    assert plan.relative_seconds(timed) == {"equal": 5.0}


def test_an_arm_costs_what_its_sharing_does(tiny: StudyConfig) -> None:
    arms = (tiny.arms[0], Arm("mine", WeightingConfig("equal"), sharing=SharingConfig("single")))
    costs = plan.relative_seconds(dataclasses.replace(tiny, arms=arms))
    assert costs["equal"] == 1
    assert costs["mine"] == pytest.approx(len(tiny.base.tasks), rel=0.01)


def test_unknown_arms_are_expected_to_take_their_share() -> None:
    costs = {"equal": 1.0, "mgda": 2.0, "dwa": 1.0}
    assert plan.expected_seconds(costs, {}) == {}
    assert plan.expected_seconds(costs, {"equal": [10, 14], "mgda": []}) == {"equal": 12, "mgda": 24, "dwa": 12}


@pytest.mark.parametrize(
    ("running", "waiting", "workers", "left"),
    [([], [], 2, 0), ([5], [], 2, 5), ([], [4, 4, 4], 2, 8), ([3, 1], [2, 5], 2, 8), ([1, 1, 1], [1], 2, 2)],
)
def test_seconds_until_the_last_run_ends(running: list[float], waiting: list[float], workers: int, left: float) -> None:
    assert plan.seconds_left(running, waiting, workers) == left


def test_an_equal_time_in_steps(tiny: StudyConfig) -> None:
    arms = (*tiny.arms, Arm("mgda", WeightingConfig("mgda")))
    study = plan.equal_time(dataclasses.replace(tiny, arms=arms), 100, {"equal": 1.0, "mgda": 2.5, "single-age": 0.8})
    assert [arm.steps for arm in study.arms] == [100, 125, 40]
    more = dataclasses.replace(study, arms=(*study.arms, Arm("slow", WeightingConfig("nash_mtl"))))
    again = plan.equal_time(more, 100, {"slow": 1000.0})
    assert [arm.steps for arm in again.arms] == [100, 125, 40, 1], "what is settled stays"


def test_a_step_is_measured_on_the_real_engine(
    tiny: StudyConfig, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_STEPS", 6)
    dataset = data.load(tiny.base.data)
    compute = ResolvedCompute("cpu", "fp32", "contiguous", 1)
    seconds = plan.seconds_a_step(tiny, tiny.arms[0], dataset, compute, lambda: False)
    assert 0.001 < seconds < 5


def test_an_arm_that_diverges_while_it_is_measured_is_measured_by_its_steps(
    tiny: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def steps(count: int) -> Callable[..., Iterator[dict[str, str]]]:
        def train(*_: object, **__: object) -> Iterator[dict[str, str]]:
            yield from [{"kind": "step"}] * count
            raise DivergedError("Lost.")

        return train

    monkeypatch.setattr("mtldemo.training.loop.train", steps(5))
    compute, dataset = ResolvedCompute(), data.load(tiny.base.data)
    assert plan.seconds_a_step(tiny, tiny.arms[0], dataset, compute, lambda: False) >= 0
    monkeypatch.setattr("mtldemo.training.loop.train", steps(0))
    with pytest.raises(DivergedError):
        plan.seconds_a_step(tiny, tiny.arms[0], dataset, compute, lambda: False)
