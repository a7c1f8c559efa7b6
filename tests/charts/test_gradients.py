from typing import Any

import pytest

from mtldemo.charts import ChartOptions, RunFrame, gradient_cosines, gradient_norms
from mtldemo.charts.colours import PALETTE
from mtldemo.tasks import AGE, GENDER, UTKFACE


def test_each_pair_has_a_panel_in_both_colours_and_a_zero_line(frame: RunFrame) -> None:
    chart: Any = gradient_cosines(frame, UTKFACE)
    assert chart.figure.layout["meta"]["panels"] == 3
    assert len(chart.figure.data) == 9
    colours = {chart.figure.data[place].line.color for place in (1, 2)}
    assert colours == {PALETTE[0], PALETTE[1]}
    assert [shape.y0 for shape in chart.figure.layout["shapes"]] == [0, 0, 0]
    assert chart.alt.startswith("Cosine between task gradients at step 400: Age and Gender ")


def test_only_pairs_of_the_chosen_tasks(frame: RunFrame) -> None:
    assert gradient_cosines(frame, (AGE, GENDER)).figure.layout["meta"]["panels"] == 1
    alone = gradient_cosines(frame, (AGE,))
    assert alone.empty
    assert alone.figure.to_dict()["layout"]["annotations"][-1]["text"] == "One task has nothing to compare."


def test_norms_are_logarithmic(frame: RunFrame) -> None:
    chart: Any = gradient_norms(frame, UTKFACE, ChartOptions())
    assert chart.figure.layout["yaxis"]["type"] == "log"
    assert [trace.line.color for trace in chart.figure.data] == list(PALETTE[:3])
    assert chart.alt.startswith("Norm of the task gradients now: Age ")


@pytest.mark.parametrize(("cosine", "reach"), [(0.02, 0.1), (-0.3, 0.5), (0.9, 1.0)])
def test_the_axes_go_as_far_as_the_cosines_do(cosine: float, reach: float) -> None:
    record = {"kind": "gradients", "step": 1, "epoch": 0.1, "time": 1.0, "norms": {}, "cosines": {"age|gender": cosine}}
    chart: Any = gradient_cosines(RunFrame([record]), (AGE, GENDER))
    assert chart.figure.layout["yaxis"]["range"] == pytest.approx((-1.05 * reach, 1.05 * reach))
    assert f"±{reach:g}" in chart.caption
