from typing import Any

import numpy as np
import pytest

from mtldemo.charts import ChartOptions
from mtldemo.charts.comparison import ArmRun, compared_weights
from mtldemo.charts.comparison.weights import shares
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import AGE, GENDER, UTKFACE


def test_shares_are_of_sizes() -> None:
    step = {"kind": "step", "step": 1, "losses": {}, "weights": {"age": -1.0, "gender": 3.0}}
    assert shares(RunFrame([step]), (AGE, GENDER)).tolist() == [[0.25, 0.75]]
    nothing = {**step, "weights": {"age": 0.0, "gender": 0.0}}
    assert np.isnan(shares(RunFrame([nothing]), (AGE, GENDER))).all()


def test_a_panel_an_arm_on_equal_axes_and_a_line_where_all_are_equal(runs: list[ArmRun]) -> None:
    chart: Any = compared_weights(runs, UTKFACE)
    layout = chart.figure.layout
    assert layout["meta"]["panels"] == 3
    assert layout["meta"]["shared"] == "xy"
    assert layout.yaxis.range == layout.yaxis3.range
    assert [shape.y0 for shape in layout.shapes] == pytest.approx([1 / 3] * 3)
    assert [note.text for note in layout.annotations][2] == "<b>a &lt;b&gt; &amp; c</b>"
    assert chart.alt.endswith("equal: all equal.")


def test_as_applied(runs: list[ArmRun]) -> None:
    chart: Any = compared_weights(runs, UTKFACE, ChartOptions(smoothing=0), normalised=False)
    assert "uncertainty: Age 0.7, Gender 2, Ethnicity 1" in chart.alt.replace("1.99", "2").replace("0.701", "0.7")
    assert chart.figure.layout.yaxis.range[0] < 0.1
    log: Any = compared_weights(runs, UTKFACE, ChartOptions(log_y=True), normalised=False)
    assert log.figure.layout.yaxis.type == "log"


def test_lines_on_each_other_are_of_different_widths(runs: list[ArmRun]) -> None:
    chart: Any = compared_weights(runs, UTKFACE)
    widths = {trace.uid: trace.line.width for trace in chart.figure.data if trace.uid.startswith("0_equal")}
    assert len(set(widths.values())) == 3
