import numpy as np
import pytest
from scipy import stats

from mtldemo.charts.comparison.arms import ArmRun, Curve, arm_bands, grouped
from mtldemo.records.frame import RunFrame


def loss(frame: RunFrame) -> Curve:
    return frame.steps["step"], frame.steps["losses.age"]


def run(arm: str, values: list[float], first: int = 1) -> ArmRun:
    steps = [
        {"kind": "step", "step": first + place, "losses": {"age": value}, "weights": {}}
        for place, value in enumerate(values)
    ]
    return ArmRun(arm, 0, RunFrame(steps))


def test_mean_and_range_at_the_common_places() -> None:
    band = arm_bands([run("a", [1, 2, 3]), run("a", [3, 4, 8])], loss)["a"]
    assert band.x.tolist() == [1, 2, 3]
    assert band.mean.tolist() == [2, 3, 5.5]
    assert (band.low.tolist(), band.high.tolist()) == ([1, 2, 3], [3, 4, 8])
    assert band.seeds == 2
    assert band.end == (3, 5.5)


def test_the_interval_is_students() -> None:
    values = [1.0, 2.0, 4.0]
    band = arm_bands([run("a", [value]) for value in values], loss, "interval")["a"]
    low, high = stats.t.interval(0.95, 2, loc=np.mean(values), scale=stats.sem(values))
    assert band.low[0] == pytest.approx(low)
    assert band.high[0] == pytest.approx(high)


def test_a_seed_that_has_stopped_is_not_drawn_on() -> None:
    band = arm_bands([run("a", [1, 2, 3, 4]), run("a", [3, 4])], loss)["a"]
    assert band.mean.tolist() == [2, 3, 3, 4]
    assert np.isnan(band.low[2:]).all()


def test_arms_share_their_places_and_those_without_numbers_are_left_out() -> None:
    found = arm_bands([run("a", [1, 2]), run("b", [5, 6], first=3), run("none", [np.nan]), run("empty", [])], loss)
    assert list(found) == ["a", "b"]
    assert found["a"].x.tolist() == found["b"].x.tolist() == [1, 2, 3, 4]
    assert np.isnan(found["b"].mean[:2]).all()
    assert arm_bands([], loss) == {}


def test_long_curves_are_means_of_their_stretches() -> None:
    noise = np.random.default_rng(0).normal(0, 1, 20_000)
    band = arm_bands([run("a", (3 + noise).tolist())], loss)["a"]
    assert len(band.x) < 200
    assert np.nanstd(band.mean) < 0.15
    assert np.nanmean(band.mean) == pytest.approx(3, abs=0.05)


def test_groups_in_order() -> None:
    assert list(grouped([run("b", [1]), run("a", [1]), run("b", [2])])) == ["b", "a"]
