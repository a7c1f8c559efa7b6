from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtldemo.charts import label_distribution, split_balance
from mtldemo.charts.colours import PALETTE
from mtldemo.tasks import AGE, ETHNICITY, GENDER, UTKFACE


def test_ages_fall_into_bins_of_five_years(table: pd.DataFrame) -> None:
    chart: Any = label_distribution(table, AGE)
    assert chart.table["pictures"].sum() == len(table)
    assert chart.table["years"][:2].tolist() == ["0-4", "5-9"]
    assert chart.figure.data[0].x[0] == 2.5
    assert chart.alt.startswith("Age runs from 0 to 99 years")
    assert chart.caption == "Every picture has a label."


def test_missing_labels_are_left_out_and_said(table: pd.DataFrame) -> None:
    chart: Any = label_distribution(table, GENDER)
    missing = table["gender"].isna().tolist().count(True)
    assert chart.table["pictures"].sum() == len(table) - missing
    assert chart.caption == f"{missing} pictures have no label."
    assert label_distribution(table.assign(gender=np.nan), GENDER).empty


def test_bars_have_the_task_s_colour_and_shares(table: pd.DataFrame) -> None:
    chart: Any = label_distribution(table, ETHNICITY, UTKFACE)
    assert chart.figure.data[0].marker.color == PALETTE[2]
    assert chart.table["share"].sum() == pytest.approx(1)
    assert list(chart.figure.data[0].x) == list(ETHNICITY.classes)


def test_shares_of_each_split_add_up(table: pd.DataFrame) -> None:
    chart: Any = split_balance(table, UTKFACE)
    sums: Any = chart.table.groupby(["task", "split"])["share"].sum()
    assert sums.tolist() == pytest.approx([1] * 9)
    assert len(chart.figure.data) == 9 + 3
    assert "pictures for training" in chart.alt
    assert split_balance(table.iloc[:0], UTKFACE).empty
