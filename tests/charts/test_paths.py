"""Paths through a landscape, and the words for where they end."""

import json
from typing import Any

import numpy as np

from mtldemo import charts
from mtldemo.charts.paths import POINTS, reach_words

FRONT = np.array([[-7.0, -8.0], [7.0, -8.0]])
LONG = np.column_stack([np.linspace(0, 5, 500), np.linspace(5, -8, 500)])
PATHS = {"Sum": [LONG, LONG[:100]], "Fair": [LONG, LONG]}
ARRIVED = {"Sum": [True, False], "Fair": [True, True]}
AXIS = np.linspace(-10, 10, 5)
GRID = charts.Grid(AXIS, AXIS, np.arange(50, dtype=float).reshape(2, 5, 5))


def test_a_panel_for_each_strategy_with_the_front_and_every_path() -> None:
    for chart in (
        charts.parameter_paths(PATHS, ARRIVED, FRONT, GRID),
        charts.loss_paths(PATHS, ARRIVED, FRONT),
    ):
        assert json.loads(chart.figure.to_json() or "")["layout"]["meta"]["panels"] == 2
        found: Any = chart.figure.data
        traces = {trace.uid: trace for trace in found}
        assert len(traces) == len(found)
        assert {"front_Sum", "front_Fair", "path_Sum_0", "path_Fair_1"} <= set(traces)
        drawn = traces["path_Sum_0"]
        assert len(drawn.x) <= POINTS
        assert (drawn.x[0], drawn.y[-1]) == (0, -8), "both ends are kept"
        assert drawn.line.color is None, "so that it is drawn like text"
        assert len(chart.table) == 1600
        assert len(traces["stuck_before_the_front_Sum"].x) == 1


def test_words_say_who_arrives() -> None:
    assert reach_words(ARRIVED) == (
        "Fair reaches the Pareto front from all 2 starts; Sum reaches the Pareto front from 1 of 2 starts."
    )
    assert reach_words({"A": [False], "B": [False]}) == "A and B reach the Pareto front from none of 1 starts."
    lost = charts.loss_paths({"Sum": [LONG]}, {"Sum": [False]}, FRONT)
    assert lost.alt == "No path ends on the Pareto front."


def test_nothing_chosen_says_so() -> None:
    chart = charts.parameter_paths({}, {}, FRONT, GRID)
    assert chart.empty
    assert chart.alt == "Choose a strategy to see its paths."
    assert charts.loss_paths({}, {}, FRONT).empty
