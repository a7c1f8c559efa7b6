"""What holds for every chart of a run."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtldemo import charts
from mtldemo.charts import Chart, ChartOptions, RunChart, RunFrame
from mtldemo.charts.thin import LIMIT
from mtldemo.tasks import AGE, UTKFACE

EVERY = [chart for row in charts.ROWS for chart in row if chart.__name__ != "listening"]
"""All but what is drawn epoch by epoch alone."""
OPTIONS = [ChartOptions(), ChartOptions(x="epoch", smoothing=0), ChartOptions(x="time", log_y=True)]
every_chart = pytest.mark.parametrize("draw", EVERY, ids=lambda draw: draw.__name__)


@every_chart
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options.x)
def test_has_words_a_table_and_its_own_title(draw: RunChart, options: ChartOptions, frame: RunFrame) -> None:
    chart: Any = draw(frame, UTKFACE, options)
    assert chart.title
    assert chart.caption.endswith(".")
    assert chart.alt.endswith(".")
    assert "nan" not in chart.alt
    assert not chart.empty
    assert {"step", "epoch", "time"} <= set(chart.table)
    assert chart.csv().decode().count("\n") == len(chart.table) + 1
    layout = json.loads(chart.figure.to_json() or "")["layout"]
    assert layout["meta"]["title"] == chart.title
    assert layout["height"] == chart.height
    words = {"step": "Training step", "epoch": "Epoch", "time": "Training time (seconds)"}
    assert layout["xaxis"]["title"]["text"] == words[options.x]


@every_chart
def test_is_drawn_by_svg_from_arrays_whose_names_the_browser_can_look_up(draw: RunChart, frame: RunFrame) -> None:
    chart: Any = draw(frame, UTKFACE, ChartOptions())
    names = [trace.uid for trace in chart.figure.data]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"\w+", name) for name in names)
    for trace in chart.figure.data:
        assert trace.type == "scatter"
        assert isinstance(trace.x, np.ndarray) or trace.x == (None,)


@every_chart
def test_a_long_run_is_thinned_and_the_table_is_not(draw: RunChart, make_records: Callable[..., Any]) -> None:
    chart: Any = draw(RunFrame(make_records(steps=6000, steps_an_epoch=1000)), UTKFACE, ChartOptions())
    assert all(len(trace.x) <= LIMIT for trace in chart.figure.data)
    assert len(chart.table) >= 6


@every_chart
def test_updates_keep_the_revision_and_other_axes_change_it(draw: RunChart, make_records: Callable[..., Any]) -> None:
    short, long = RunFrame(make_records(200)), RunFrame(make_records(300))
    revisions = [revision(draw(run, UTKFACE, ChartOptions())) for run in (short, long)]
    assert revisions[0] == revisions[1]
    assert revision(draw(long, UTKFACE, ChartOptions(x="time"))) != revisions[0]


@every_chart
def test_says_what_will_appear_when_nothing_is_recorded(draw: RunChart) -> None:
    chart: Any = draw(RunFrame(), UTKFACE, ChartOptions())
    assert chart.empty
    assert len(chart.figure.data) == 0
    assert "will appear here" in chart.figure.layout["annotations"][-1].text
    assert chart.alt


@every_chart
def test_one_task_alone_is_drawn_too(draw: RunChart, frame: RunFrame) -> None:
    assert draw(frame, (AGE,), ChartOptions()).alt


@every_chart
def test_is_the_same_each_time(draw: RunChart, frame: RunFrame) -> None:
    first, second = (draw(frame, UTKFACE, ChartOptions()) for _ in range(2))
    assert first.figure.to_json(remove_uids=False) == second.figure.to_json(remove_uids=False)


def revision(chart: Chart) -> str:
    return chart.figure.to_dict()["layout"]["uirevision"]
