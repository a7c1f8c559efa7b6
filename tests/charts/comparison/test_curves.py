import dataclasses
from typing import Any

import numpy as np
import pytest

from mtldemo.charts import ChartOptions
from mtldemo.charts.comparison import ArmRun, compared_curves
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import AGE, GENDER, UTKFACE


def trace(chart: Any, uid: str) -> Any:
    return next(found for found in chart.figure.data if found.uid == uid)


def test_metrics_are_in_percent_and_their_words_say_who_leads(runs: list[ArmRun]) -> None:
    chart: Any = compared_curves(runs, UTKFACE, ChartOptions(x="epoch"), what="metric")
    assert chart.figure.layout["meta"]["panels"] == 3
    assert trace(chart, "ethnicity_metric_0_equal").y.tolist() == pytest.approx([70.05] * 4)
    assert "Gender, key metric at the end, best first: equal 90 %, uncertainty 89 %, a <b> & c 88 %." in chart.alt
    assert chart.figure.layout.hoversort == "value descending"
    assert list(chart.table)[:3] == ["arm", "seed", "run"]
    assert len(chart.table) == 6 * 4


def test_the_steep_start_is_out_of_the_picture_and_logarithms_are_of_all(runs: list[ArmRun]) -> None:
    chart: Any = compared_curves(runs, (AGE,), ChartOptions(smoothing=0))
    top = chart.figure.layout.yaxis.range[1]
    assert top < np.nanmax(trace(chart, "age_train_0_equal").y)
    log: Any = compared_curves(runs, (AGE,), ChartOptions(log_y=True))
    assert log.figure.layout.yaxis.type == "log"
    assert log.figure.layout.yaxis.range[1] < 2


def test_time_is_in_the_unit_of_the_longest_run(runs: list[ArmRun]) -> None:
    chart: Any = compared_curves(runs, (AGE,), ChartOptions(x="time"), what="validation")
    assert chart.figure.layout.xaxis.title.text == "Training time (seconds)"
    assert chart.figure.layout.xaxis.range == (25, 100.75)


def test_a_task_alone_stands_in_its_panel_only(runs: list[ArmRun]) -> None:
    steps = [{"kind": "step", "step": step, "losses": {"age": 5.0}, "weights": {}} for step in range(1, 200)]
    chart: Any = compared_curves([*runs, ArmRun("single-age", 0, RunFrame(steps))], (AGE, GENDER))
    assert {found.meta["arm"] for found in chart.figure.data if found.meta and found.xaxis == "x"} >= {"single-age"}
    assert "single-age" not in {found.meta["arm"] for found in chart.figure.data if found.meta and found.xaxis == "x2"}


def test_many_arms_are_told_by_the_first_and_the_last(make_runs: Any) -> None:
    chart: Any = compared_curves(make_runs(tuple(map(str, range(12))), (0,)), (AGE,))
    assert "last of 12 11" in chart.alt
    assert chart.alt.count(",") < 8


def test_arms_with_seeds_that_diverged_lead_nothing(make_runs: Any) -> None:
    first, *others = make_runs(("equal", "dwa"), (0, 1))
    chart: Any = compared_curves([dataclasses.replace(first, diverged=True), *others], (GENDER,), what="metric")
    assert chart.alt == (
        "Gender, key metric at the end, best first: dwa 89 %; left out: equal (1 of 2 seeds diverged)."
    )
    assert chart.caption.endswith("a mean goes on without them: equal (1 of 2 seeds diverged).")
    all_lost = [dataclasses.replace(run, diverged=True) for run in make_runs(("equal",), (0,))]
    chart = compared_curves(all_lost, (GENDER,), what="metric")
    assert chart.alt.endswith("nobody is ranked; left out: equal (1 of 1 seed diverged).")
