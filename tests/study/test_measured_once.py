import dataclasses
from pathlib import Path

import pytest

from mtldemo import cores, data
from mtldemo.config import ComputeConfig, RunConfig, WeightingConfig
from mtldemo.progress import no_progress
from mtldemo.study import Arm, StudyConfig, create_study, measured_once, plan
from mtldemo.training import compute


@pytest.fixture
def said() -> list[str]:
    return []


def test_how_to_compute_is_measured_once_with_a_workers_share_of_the_cores(
    runs_dir: Path, tiny: StudyConfig, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def measure(config: RunConfig, dataset: object, *, share: int) -> compute.ResolvedCompute:
        measured.append((config.compute, share))
        return compute.ResolvedCompute("cpu", "bf16", "channels_last", share)

    monkeypatch.setattr(cores, "physical", lambda: 8)
    monkeypatch.setattr(compute, "resolve_compute", measure)
    open_one = dataclasses.replace(tiny.base, compute=ComputeConfig(device="cpu"))
    study = create_study(runs_dir, dataclasses.replace(tiny, base=open_one, workers=3), "mine")
    dataset = data.load(tiny.base.data)
    measured_once.settled(study, dataset, no_progress, said.append)
    assert measured_once.settled(study, dataset, no_progress, said.append) == study.config()
    assert measured == [(ComputeConfig(device="cpu"), 2)]
    assert (study.compute() or {})["threads"] == 2
    assert said == ["Computing on cpu: bf16, channels_last, 2 threads, each run"]


def test_an_equal_time_becomes_steps_once(
    runs_dir: Path, tiny: StudyConfig, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {"equal": 1.0, "single-age": 0.5, "dwa": 3.0}
    asked = []

    def measured(config: StudyConfig, arm: Arm, dataset: object, resolved: object, stop: object) -> float:
        asked.append(arm.name)
        return seconds[arm.name]

    monkeypatch.setattr(plan, "seconds_a_step", measured)
    study = create_study(runs_dir, dataclasses.replace(tiny, budget="time"), "mine")
    dataset = data.load(tiny.base.data)
    config = measured_once.settled(study, dataset, no_progress, said.append)
    assert [arm.steps for arm in config.arms] == [6, 12], "two epochs of three steps, and twice as many"
    assert said[-1] == "An equal time in steps: equal 6, single-age 12"
    assert study.config() == config
    study.extend([Arm("dwa", WeightingConfig("dwa"))])
    config = measured_once.settled(study, dataset, no_progress, said.append)
    assert [arm.steps for arm in config.arms] == [6, 12, 2]
    assert asked == ["equal", "single-age", "dwa"]
    assert config.seconds_a_step == seconds
