"""What holds for every chart that compares runs."""

import json
import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from mtldemo.charts import Chart, ChartOptions, comparison
from mtldemo.charts.comparison import ArmRun
from mtldemo.charts.comparison.arms import POINTS
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import AGE, GENDER, UTKFACE

RANKS = pd.DataFrame(
    [(arm, task, rank) for arm, rank in (("equal", 1.0), ("dwa", 2.0)) for task in ("age", "gender", "all")],
    columns=["arm", "task", "rank"],
)
DELTA = pd.DataFrame(
    [("equal", 3, 1.5, 0.5, 2.5), ("dwa", 1, -2.0, float("nan"), float("nan"))],
    columns=["arm", "n", "mean", "low", "high"],
)
FROM_RUNS: list[Callable[..., Chart]] = [
    comparison.compared_curves,
    lambda runs, tasks, options=None: comparison.compared_curves(runs, tasks, options, what="validation"),
    lambda runs, tasks, options=None: comparison.compared_curves(runs, tasks, options, what="metric", focus=["equal"]),
    comparison.compared_weights,
    lambda runs, tasks, options=None: comparison.compared_weights(runs, tasks, options, normalised=False),
    comparison.weight_paths,
    comparison.compared_cosines,
    comparison.compared_norms,
    lambda runs, tasks, options=None: comparison.cosine_heat(runs, tasks),
]
from_runs = pytest.mark.parametrize("draw", FROM_RUNS)


@pytest.fixture
def drawn(runs: list[ArmRun], differences: pd.DataFrame, front: pd.DataFrame) -> list[Chart]:
    """Every chart once."""
    settings = pd.DataFrame(
        {"run": [run.name for run in runs], "arm": [run.arm for run in runs], "Rate": [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]}
    )
    results = pd.DataFrame({"run": [run.name for run in runs], "task": "age", "metric": "mae", "value": range(6)})
    return [
        *(draw(runs, UTKFACE, ChartOptions()) for draw in FROM_RUNS),
        comparison.difference_forest(differences, UTKFACE, "equal"),
        comparison.delta_m_bars(DELTA),
        comparison.rank_heat(RANKS, UTKFACE),
        comparison.best_heat(RANKS.rename(columns={"rank": "probability"}).assign(probability=0.5), UTKFACE),
        comparison.trade_off(front, AGE, GENDER),
        comparison.parallel_settings(settings, results, UTKFACE),
    ]


def test_has_words_a_table_and_its_own_height(drawn: list[Any]) -> None:
    for chart in drawn:
        assert chart.caption.endswith("."), chart.title
        assert chart.alt.endswith("."), chart.title
        assert "nan" not in chart.alt
        assert not chart.empty, chart.title
        assert chart.csv()
        layout = json.loads(chart.figure.to_json())["layout"]
        assert layout["height"] == chart.height
        assert layout["meta"]["title"] == chart.title


def test_names_that_the_browser_can_look_up_and_no_markup_of_others(drawn: list[Any]) -> None:
    for chart in drawn:
        names = [trace.uid for trace in chart.figure.data]
        assert len(set(names)) == len(names), chart.title
        assert all(re.fullmatch(r"\w+", name) for name in names), chart.title
        assert all(trace.type in ("scatter", "bar", "heatmap") for trace in chart.figure.data)
        text = chart.figure.to_json()
        assert "<b>&" not in text
        assert "a <b> & c" not in re.sub(r'"(arms?|run)": ?(\[[^\]]*\]|"[^"]*")', "", text), chart.title


def test_what_can_be_clicked_says_whose_it_is(drawn: list[Any]) -> None:
    for chart in drawn:
        for trace in chart.figure.data:
            if trace.hoverinfo != "skip":
                points = len(trace.y)
                assert trace.meta.get("arm") or len(trace.meta["arms"]) == points, (chart.title, trace.uid)


@from_runs
def test_many_arms_stay_light(draw: Callable[..., Chart], make_runs: Callable[..., list[ArmRun]]) -> None:
    many = make_runs(tuple(f"arm {place}" for place in range(20)), (0,), 400)
    chart: Any = draw(many, UTKFACE)
    by_panel: dict[str, int] = {}
    for trace in chart.figure.data:
        if trace.type == "scatter":
            by_panel[trace.xaxis] = by_panel.get(trace.xaxis, 0) + len(trace.x)
    assert all(points <= 1.1 * POINTS for points in by_panel.values())
    assert chart.figure.layout.showlegend is not True


@from_runs
def test_says_so_when_nothing_is_recorded(draw: Callable[..., Chart]) -> None:
    for runs in ([], [ArmRun("equal", 0, RunFrame())]):
        chart: Any = draw(runs, UTKFACE, ChartOptions())
        assert chart.empty
        assert re.search(r"will appear here|\byet\b", chart.figure.layout["annotations"][-1].text)
        assert chart.alt


@from_runs
def test_one_task_one_arm_and_no_seed(draw: Callable[..., Chart], make_runs: Callable[..., list[ArmRun]]) -> None:
    assert draw(make_runs(("equal",), (None,)), (AGE,), ChartOptions(x="time", log_y=True, smoothing=0)).alt


@from_runs
def test_is_the_same_each_time(draw: Callable[..., Chart], runs: list[ArmRun]) -> None:
    first, second = (draw(runs, UTKFACE, ChartOptions(x="epoch")) for _ in range(2))
    assert first.figure.to_json(remove_uids=False) == second.figure.to_json(remove_uids=False)


def test_empty_tables_say_what_is_missing() -> None:
    nothing = pd.DataFrame(columns=["arm", "task", "metric", "n", "rank", "probability", "mean", "x", "y"])
    charts = [
        comparison.difference_forest(nothing, UTKFACE, "equal"),
        comparison.delta_m_bars(nothing),
        comparison.rank_heat(nothing, UTKFACE),
        comparison.best_heat(nothing, UTKFACE),
        comparison.trade_off(nothing, AGE, GENDER),
        comparison.parallel_settings(nothing, nothing, UTKFACE),
    ]
    assert all(chart.empty and chart.alt and not chart.figure.data for chart in charts)
