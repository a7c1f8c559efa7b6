from typing import Any

import pytest

from mtldemo.charts import ChartOptions
from mtldemo.charts.comparison import ArmRun, weight_paths
from mtldemo.charts.comparison.ternary import CORNERS
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import AGE, GENDER, UTKFACE


def steps(*weights: tuple[float, float, float]) -> RunFrame:
    names = [task.name for task in UTKFACE]
    return RunFrame(
        {"kind": "step", "step": place + 1, "losses": {}, "weights": dict(zip(names, row, strict=True))}
        for place, row in enumerate(weights)
    )


def test_from_start_to_end_in_the_corner_of_the_task_that_has_everything() -> None:
    run = ArmRun("mine", 4, steps((2, 2, 2), (0, 0, 5)))
    chart: Any = weight_paths([run], UTKFACE, ChartOptions(smoothing=0))
    ends = next(trace for trace in chart.figure.data if trace.uid.endswith("ends"))
    assert (ends.x[0], ends.y[0]) == pytest.approx(tuple(CORNERS.mean(axis=0)))
    assert (ends.x[1], ends.y[1]) == pytest.approx(tuple(CORNERS[2]))
    assert ends.marker.symbol == ("circle-open", "circle")
    assert chart.alt == "At the end: mine towards Ethnicity (1 of the weight)."


def test_a_path_a_seed_and_a_triangle_an_arm(runs: list[ArmRun]) -> None:
    chart: Any = weight_paths(runs, UTKFACE)
    assert sum(trace.uid.endswith("path") for trace in chart.figure.data) == 6
    assert chart.figure.layout["meta"]["panels"] == 3
    assert "equal ends at equal weights" in chart.alt


def test_needs_three_tasks(runs: list[ArmRun]) -> None:
    chart: Any = weight_paths(runs, (AGE, GENDER))
    assert chart.empty
    assert "Three tasks make a triangle." in chart.alt
