import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtldemo.charts import ChartOptions, RunFrame, loss_curves, sparkline
from mtldemo.charts.colours import PALETTE
from mtldemo.charts.losses import loss_unit
from mtldemo.tasks import AGE, UTKFACE


def test_each_task_has_its_panel_and_colour(frame: RunFrame) -> None:
    figure: Any = loss_curves(frame, UTKFACE).figure
    assert len(figure.data) == 3 * len(UTKFACE) + 3
    for number, task in enumerate(UTKFACE, start=1):
        curve = next(trace for trace in figure.data if trace.uid == f"{task.name}_train")
        assert curve.line.color == PALETTE[UTKFACE.index(task)]
        assert curve.xaxis == ("x" if number == 1 else f"x{number}")
        held_out = next(trace for trace in figure.data if trace.uid == f"{task.name}_validation")
        assert held_out.line.dash == "dot"
        assert held_out.x.tolist() == [100, 200, 300, 400]


def test_words_say_how_the_losses_fell(frame: RunFrame) -> None:
    chart: Any = loss_curves(frame, UTKFACE)
    assert chart.alt.startswith("Age loss falls from 20.1 to 6.")
    assert chart.alt.endswith("over 400 steps.")
    assert "years; Gender loss falls" in chart.alt


def test_table_holds_every_step_and_epoch(frame: RunFrame) -> None:
    table: Any = loss_curves(frame, UTKFACE).table
    assert (table["split"] == "train").sum() == 400
    assert (table["split"] == "val").sum() == 4
    assert list(table) == ["split", "step", "epoch", "time", "age", "gender", "ethnicity"]


def test_without_smoothing_there_is_one_curve_a_task(frame: RunFrame) -> None:
    figure: Any = loss_curves(frame, UTKFACE, ChartOptions(smoothing=0)).figure
    assert len(figure.data) == 2 * len(UTKFACE) + 2


def test_a_spike_is_seen_in_a_long_run(make_records: Callable[..., Any]) -> None:
    records = make_records(steps=5000, steps_an_epoch=5000)
    records[3210]["losses"]["age"] = 999.0
    figure: Any = loss_curves(RunFrame(records), UTKFACE).figure
    assert np.max(figure.data[0].y) == 999


@pytest.mark.parametrize(
    ("loss", "words"),
    [("l1", "L1, years"), ("mse", "squared error, years²"), ("distribution", "cross-entropy, nats")],
)
def test_units(loss: str, words: str) -> None:
    assert loss_unit(dataclasses.replace(AGE, loss=loss)) == words


def test_sparkline_is_short_and_falls(frame: RunFrame) -> None:
    points = sparkline(frame, AGE, 20)
    assert len(points) == 20
    assert points[0] > points[-1]
    assert sparkline(RunFrame(), AGE) == []
