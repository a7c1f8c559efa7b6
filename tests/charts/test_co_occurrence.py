"""Which labels of two tasks occur together, and the overview of many tasks."""

import numpy as np
import pandas as pd
import pytest

from mtldemo import charts
from mtldemo.tasks import BINARY, CLASSES, REGRESSION, Task, TaskSet

COLOUR = Task("colour", "Colour", CLASSES, classes=("red", "green", "blue"))
RIPE = Task("ripe", "Ripe", BINARY, classes=("no", "yes"))
WEIGHT = Task("weight", "Weight", REGRESSION, low=0, high=10, unit="kg")
MANY = Task("kind", "Kind", CLASSES, classes=tuple(f"kind {number}" for number in range(60)))
TASKS = TaskSet((COLOUR, RIPE, WEIGHT, MANY))
TABLE = pd.DataFrame(
    {
        "colour": [0, 0, 0, 1, 1, np.nan],
        "ripe": [0, 1, 1, 1, np.nan, 1],
        "weight": [0.5, 9.5, 9.9, 3, 3, 3],
        "kind": [7, 7, 7, 50, 51, 52],
    }
)


def test_pairs_are_counted_with_their_share_of_the_row() -> None:
    chart = charts.label_pairs(TABLE, COLOUR, RIPE, TASKS)
    cells = chart.table.set_index(["colour", "ripe"])
    assert cells["pictures"].to_dict() == {
        ("red", "no"): 1, ("red", "yes"): 2, ("green", "no"): 0, ("green", "yes"): 1, ("blue", "no"): 0,
        ("blue", "yes"): 0,
    }  # fmt: skip
    assert cells.loc[("red", "yes"), "share of the row"] == pytest.approx(2 / 3)
    assert "2 pictures lack one of the two labels" in chart.caption


def test_numbers_are_counted_by_band_and_rare_classes_together() -> None:
    chart = charts.label_pairs(TABLE, RIPE, WEIGHT, TASKS)
    assert sum(chart.table.loc[chart.table["ripe"] == "yes", "pictures"].tolist()) == 4
    chart = charts.label_pairs(TABLE, MANY, RIPE, TASKS)
    assert len(set(chart.table["kind"].tolist())) == 24
    assert sum(chart.table["pictures"].tolist()) == 5


def test_no_common_label_is_said() -> None:
    table = TABLE.assign(ripe=np.nan)
    assert charts.label_pairs(table, COLOUR, RIPE, TASKS).empty
    assert charts.positive_shares(table, TASKS).empty


def test_tasks_are_listed_with_their_labels() -> None:
    counts = charts.label_coverage(TABLE, TASKS).set_index("Task")
    assert counts["Labels"].to_dict() == {"Colour": 5, "Ripe": 5, "Weight": 6, "Kind": 6}
    assert counts.loc["Colour", "Mostly"] == "red (60.0 %)"
    shares = charts.positive_shares(TABLE, TASKS)
    assert shares.table["share"].tolist() == [0.8]
    assert "3 other tasks are not in it" in shares.caption


def test_classes_called_by_numbers_are_no_numbers() -> None:
    task = Task("ripe", "Ripe", BINARY, classes=("0", "1"))
    chart = charts.label_distribution(TABLE.assign(split="train"), task, TASKS)
    assert chart.figure.to_dict()["layout"]["xaxis"]["type"] == "category"
