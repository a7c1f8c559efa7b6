from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtldemo.charts.comparison import delta_m_bars, difference_forest
from mtldemo.tasks import AGE, GENDER, UTKFACE


def test_what_stands_out_is_filled_and_said(differences: pd.DataFrame) -> None:
    chart: Any = difference_forest(differences, UTKFACE, "equal")
    age, gender = chart.figure.data
    assert age.x.tolist() == [0.6, -0.9]
    assert age.marker.symbol == ("circle", "circle")
    assert gender.marker.symbol == ("circle-open", "circle-open")
    assert gender.x.tolist() == pytest.approx([1, 2])
    assert gender.error_x.array.tolist() == pytest.approx([2, 0])
    assert (
        "Age (years), better: uncertainty by 0.6 (0.5 to 0.7); worse: a <b> & c by 0.9 (0.7 to 1.1); 0 may" in chart.alt
    )
    assert "Gender (percentage points), better: none; worse: none; 2 may be chance." in chart.alt
    assert "no interval" in gender.text[1]


def test_another_metric(differences: pd.DataFrame) -> None:
    chart: Any = difference_forest(differences, UTKFACE, "equal", {"gender": "balanced_accuracy"})
    assert chart.figure.data[1].x.tolist() == pytest.approx([5])
    assert chart.figure.data[1].marker.symbol == ("circle",)


def test_zero_and_both_sides_are_seen_and_endless_intervals_are_cut(differences: pd.DataFrame) -> None:
    wide = differences.assign(gain=0.5, gain_low=-50.0, gain_high=51.0)
    chart: Any = difference_forest(wide, (AGE,), "equal")
    low, high = chart.figure.layout.xaxis.range
    assert -3 < low < 0 < high < 3


def test_arms_that_miss_a_task_come_last(differences: pd.DataFrame) -> None:
    more = pd.concat([differences, differences.iloc[:1].assign(arm="single-age", gain=9.0)])
    chart: Any = difference_forest(more, (AGE, GENDER), "equal")
    assert chart.figure.layout.yaxis.ticktext[-1] == "single-age"


def test_the_baseline_itself_and_arms_without_pairs_are_left_out(differences: pd.DataFrame) -> None:
    chart: Any = difference_forest(differences.assign(n=0), UTKFACE, "equal")
    assert chart.empty
    assert "No difference to equal yet." in chart.alt


def test_delta_m_is_sorted_and_told() -> None:
    rows = [("dwa", 3, -2.0, -3.0, -1.0), ("famo", 3, 1.5, 0.5, 2.5), ("new", 1, 0.0, np.nan, np.nan)]
    chart: Any = delta_m_bars(pd.DataFrame(rows, columns=["arm", "n", "mean", "low", "high"]))
    assert chart.figure.layout.yaxis.ticktext == ("famo", "new", "dwa")
    assert "famo +1.5 % (+0.5 to +2.5); new +0.0 %; dwa -2.0 % (-3.0 to -1.0)." in chart.alt
    nothing = pd.DataFrame(columns=["arm", "n", "mean", "low", "high"])
    nothing.attrs["reason"] = "There is no finished run that learned age alone."
    assert delta_m_bars(nothing).alt == "There is no finished run that learned age alone."
