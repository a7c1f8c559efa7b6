from typing import Any

import pandas as pd
import pytest

from mtldemo.charts.comparison import trade_off
from mtldemo.tasks import AGE, GENDER


def test_better_is_right_and_up_and_said_so(front: pd.DataFrame) -> None:
    chart: Any = trade_off(front, AGE, GENDER)
    x, y = chart.figure.layout.xaxis, chart.figure.layout.yaxis
    assert x.range[0] > x.range[1], "a smaller error stands further right"
    assert y.range[0] < y.range[1]
    assert x.title.text.endswith("Age mean absolute error, years · better →")
    assert "Gender accuracy, % · better →" in y.title.text


def test_the_front_is_a_stair_and_the_others_are_told(front: pd.DataFrame) -> None:
    chart: Any = trade_off(front, AGE, GENDER)
    stairs = next(trace for trace in chart.figure.data if trace.uid == "front")
    assert stairs.x[1:].tolist() == [6.0, 5.5, 5.5]
    assert stairs.y[:3].tolist() == pytest.approx([90, 90, 88])
    assert chart.alt == (
        "On the Pareto front: equal (Age 6 years, Gender 90 %) and uncertainty (Age 5.5 years, Gender 88 %); 1 of 3 "
        "behind it."
    )


def test_every_arm_has_its_own_marker_and_a_name_that_is_placed(front: pd.DataFrame) -> None:
    chart: Any = trade_off(front, AGE, GENDER)
    means = next(trace for trace in chart.figure.data if trace.uid == "means")
    assert len(set(means.marker.symbol)) == 3
    labels = [note for note in chart.figure.layout.annotations if note.name == "label"]
    assert [note.text for note in labels] == ["<b>equal</b>", "<b>uncertainty</b>", "a &lt;b&gt; &amp; c"]
    assert "1 seed" in means.text[2]


def test_endless_intervals_are_cut_and_one_arm_is_enough(front: pd.DataFrame) -> None:
    chart: Any = trade_off(front.assign(x_low=-1000.0, x_high=1000.0), AGE, GENDER)
    assert abs(chart.figure.layout.xaxis.range[0] - chart.figure.layout.xaxis.range[1]) < 10
    assert trade_off(front.iloc[2:], AGE, GENDER).alt
