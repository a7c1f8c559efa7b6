"""Weights as bars, directions as arrows, and the words that go with them."""

from typing import Any

import numpy as np
import pytest

from mtldemo import charts
from mtldemo.charts.colours import PALETTE
from mtldemo.charts.playground import serves_words
from mtldemo.tasks import UTKFACE

PULLS = np.array([[3.0, 0.0], [-1.0, 1.0]])
STEPS = {"Sum": np.array([2.0, 1.0]), "Fair": np.array([0.1, 1.0]), "Same": np.array([0.2, 2.0])}
WEIGHTS = {"Sum": np.array([1.0, 1.0, 1.0]), "Odd": np.array([-1.0, 4.0, 1.0]), "None": np.zeros(3)}


def by_name(chart: charts.Chart) -> dict[str, Any]:
    """The figure's traces by their names."""
    traces: Any = chart.figure.data
    return {trace.uid: trace for trace in traces}


def test_bars_show_weights_in_one_unit_and_the_table_what_was_applied() -> None:
    chart = charts.weight_bars(UTKFACE, WEIGHTS)
    bars: Any = chart.figure.data
    assert [bar.marker.color for bar in bars] == list(PALETTE[:3])
    assert [bar.x[1] for bar in bars] == pytest.approx([-0.5, 2, 0.5])
    assert chart.table["weight"].tolist() == [1, 1, 1, -1, 4, 1, 0, 0, 0]
    assert "Odd: Age -1, Gender 4, Ethnicity 1" in chart.alt


def test_shares_fill_the_whole() -> None:
    chart = charts.share_bars(UTKFACE, [15.0, 0.5, 2.0], WEIGHTS)
    shares = chart.table.pivot_table(index="strategy", columns="task", values="share")
    assert shares.loc["Sum"].sum() == pytest.approx(100)
    assert shares.loc["Sum", "Age"] == pytest.approx(100 * 15 / 17.5)
    assert np.isfinite(shares.to_numpy()).all()


def test_words_say_who_pays() -> None:
    assert serves_words(UTKFACE[:2], PULLS, STEPS) == "Fair and Same make no task worse; Sum makes Gender worse."
    assert serves_words(UTKFACE[:2], PULLS, {}) == "Choose a strategy to see its step."


def test_steps_are_told_apart_without_a_task_colour() -> None:
    chart = charts.directions_plane(UTKFACE[:2], PULLS, STEPS)
    traces = by_name(chart)
    assert traces["pull_age"].line.color == PALETTE[0]
    drawn = [traces[f"step_{name}"] for name in STEPS]
    assert all(trace.line.color is None for trace in drawn), "so that it is drawn like text"
    assert len({trace.line.dash for trace in drawn}) == len({trace.marker.symbol for trace in drawn}) == 3
    lengths = [np.hypot(trace.x[1], trace.y[1]) for trace in drawn]
    assert lengths == pytest.approx([3.6] * 3)
    # Two steps in one direction share a label.
    notes: Any = chart.figure.layout["annotations"]
    assert sorted(note.text for note in notes if note.text) == ["Fair<br>Same", "Sum"]
    true = charts.directions_plane(UTKFACE[:2], PULLS, STEPS, alike=False)
    assert by_name(true)["step_Sum"].x[1] == 2


def test_the_wedge_holds_what_makes_no_task_worse() -> None:
    wedge = by_name(charts.directions_plane(UTKFACE[:2], PULLS, {}))["wedge"]
    rim = np.column_stack([wedge.x, wedge.y])
    assert (rim @ PULLS.T >= -1e-6).all()
    opposed = charts.directions_plane(UTKFACE[:2], np.array([[1.0, 0.0], [-1.0, 0.0]]), {})
    assert opposed.alt


@pytest.mark.parametrize("pulls", [np.zeros((2, 2)), np.array([[1.0, 0], [0, 0]])])
def test_no_pull_is_drawn_too(pulls: np.ndarray) -> None:
    chart = charts.directions_plane(UTKFACE[:2], pulls, {"Sum": pulls.sum(axis=0)})
    assert "nan" not in (chart.figure.to_json() or "").lower()
    assert chart.alt == "Sum makes no task worse."


def test_nothing_chosen_says_so() -> None:
    for chart in (charts.weight_bars(UTKFACE, {}), charts.share_bars(UTKFACE, [1, 1, 1], {})):
        assert chart.empty
        assert chart.alt == "No strategy is chosen."
