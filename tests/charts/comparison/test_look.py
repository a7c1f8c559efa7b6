from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from mtldemo.charts.colours import BLUE, NEUTRAL
from mtldemo.charts.comparison.arms import Band
from mtldemo.charts.comparison.look import FEW, draw_bands, end_labels, in_front, spread_out, tall, x_range


def band(end: float) -> Band:
    x = np.array([0.0, 1.0])
    mean = np.array([10.0, end])
    return Band(x, mean, mean - 1, mean + 1, 3)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 20])
def test_places_are_apart_within_bounds_and_in_order(count: int) -> None:
    places = np.random.default_rng(count).normal(100, 3, count)
    moved = spread_out(places, 13, 300)
    assert len(moved) == count
    assert np.all((moved >= 0) & (moved <= 300))
    assert np.all(np.diff(np.sort(moved)) >= 13 - 1e-9)
    assert np.argsort(moved).tolist() == np.argsort(places).tolist()


def test_places_that_are_apart_stay_and_a_full_panel_shares_its_room() -> None:
    assert spread_out(np.array([10.0, 50.0, 90.0]), 13, 100).tolist() == [10, 50, 90]
    assert spread_out(np.array([50.0, 50.0]), 10, 100).tolist() == [45, 55]
    assert np.diff(spread_out(np.zeros(11), 13, 100)) == pytest.approx(10)


def test_every_arm_is_named_at_its_end_and_none_covers_another() -> None:
    parts = {f"arm {place}": band(5 + 0.001 * place) for place in range(20)}
    notes = end_labels(0, parts, ["arm 3"], (0.0, 10.0), 300)
    heights = sorted(300 * note["y"] / 10 - note["ay"] for note in notes)
    assert len(notes) == 20
    assert min(np.diff(heights)) >= 12.9
    assert [note["text"] for note in notes if "<b>" in note["text"]] == ["<b>arm 3</b>"]


def test_few_arms_have_dashes_and_bands_and_many_are_thin() -> None:
    few: Any = go.Figure()
    many: Any = go.Figure()
    draw_bands(few, 0, {name: band(1) for name in "abc"}, BLUE, [], uid="loss", hover="%{y}")
    assert len(few.data) == 6
    assert len({trace.line.dash for trace in few.data if trace.fill is None}) == 3
    draw_bands(many, 0, {str(name): band(1) for name in range(FEW + 1)}, BLUE, [], uid="loss", hover="%{y}")
    assert len(many.data) == FEW + 1
    assert {trace.line.dash for trace in many.data} == {"solid"}


def test_arms_out_of_focus_are_grey_and_behind() -> None:
    figure: Any = go.Figure()
    draw_bands(figure, 0, {name: band(1) for name in "abc"}, BLUE, ["a"], uid="loss", hover="%{y}")
    assert figure.data[-1].line.color == BLUE
    assert figure.data[-1].meta == {"arm": "a"}
    grey = tuple(int(NEUTRAL[at : at + 2], 16) for at in (1, 3, 5))
    assert all(trace.line.color.startswith(f"rgba({grey[0]},") for trace in figure.data[:2])
    assert in_front(["a", "b"], ["gone"]) == {"a", "b"}


def test_room() -> None:
    assert tall(3, 340) == 340
    assert tall(20, 340) > 400
    assert x_range([{"a": band(1)}]) == [0, 1.01]
    assert x_range([{}]) == [0, 1.01]
