from typing import Any

import numpy as np
import pytest

from mtldemo.charts import ChartOptions, RunFrame, contributions, task_weights
from mtldemo.charts.weights import AREA_POINTS, contribution_shares
from mtldemo.tasks import UTKFACE


def one_step(losses: tuple[float, ...], weights: tuple[float, ...]) -> RunFrame:
    names = [task.name for task in UTKFACE]
    record = {"kind": "step", "step": 1, "epoch": 0.1, "time": 0.1}
    by_task = {"losses": zip(names, losses, strict=True), "weights": zip(names, weights, strict=True)}
    return RunFrame([{**record, **{kind: dict(pairs) for kind, pairs in by_task.items()}}])


def test_years_drown_the_cross_entropies_in_a_plain_sum() -> None:
    frame = one_step((15.0, 0.7, 1.3), (1, 1, 1))
    assert contribution_shares(frame, UTKFACE)[0] == pytest.approx([100 * 15 / 17, 100 * 0.7 / 17, 100 * 1.3 / 17])
    alt = contributions(frame, UTKFACE).alt
    assert alt == "Share of the weighted sum of losses now: Age 88 %, Ethnicity 8 %, Gender 4 %."


def test_negative_numbers_count_by_their_size_and_nothing_is_divided_by_zero() -> None:
    assert contribution_shares(one_step((1, 1, 2), (-1, 1, 1)), UTKFACE)[0] == pytest.approx([25, 25, 50])
    assert contribution_shares(one_step((0, 0, 0), (1, 1, 1)), UTKFACE)[0] == pytest.approx([0, 0, 0])
    assert contribution_shares(one_step((float("nan"), 1, 1), (1, 1, 1)), UTKFACE)[0] == pytest.approx([0, 50, 50])


@pytest.mark.parametrize("smoothing", [0, 0.9])
def test_areas_fill_the_whole(frame: RunFrame, smoothing: float) -> None:
    figure: Any = contributions(frame, UTKFACE, ChartOptions(smoothing=smoothing)).figure
    assert np.sum([trace.y for trace in figure.data], axis=0) == pytest.approx(np.full(AREA_POINTS, 100), rel=1e-4)


def test_the_newest_weight_is_in_the_legend(frame: RunFrame) -> None:
    chart: Any = task_weights(frame, UTKFACE)
    assert [trace.name for trace in chart.figure.data] == ["Age 0.1", "Gender 2", "Ethnicity 1.5"]
    assert "Gender weight rises from 1 to 2" in chart.alt


def test_equal_weights_show_every_colour() -> None:
    figure: Any = task_weights(one_step((1, 1, 1), (1, 1, 1)), UTKFACE).figure
    widths = [trace.line.width for trace in figure.data]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == len(UTKFACE)
