from typing import Any

import numpy as np
import pytest

from mtldemo.charts import confusion
from mtldemo.tasks import ETHNICITY, GENDER

METRICS = {"gender": {"confusion": [[90, 10], [40, 60]]}}


def test_rows_are_shares_of_the_true_class_and_counts_are_kept() -> None:
    chart: Any = confusion(METRICS, GENDER, "test")
    cells = chart.figure.data[0]
    assert cells.z == pytest.approx(np.array([[90, 10], [40, 60]]))
    assert cells.customdata.tolist() == [[90, 10], [40, 60]]
    assert [note.text for note in chart.figure.layout["annotations"]][-1] == "<b>60 %</b>"
    assert chart.alt == (
        "Gender is right in 75 % of 200 test pictures; the most common mistake takes female for male (40 %)."
    )
    assert chart.table.to_dict("list") == {"true class": ["male", "female"], "male": [90, 40], "female": [10, 60]}


def test_a_class_that_never_occurs_is_no_error() -> None:
    counts = np.zeros((5, 5), dtype=int)
    counts[0, 0] = 3
    chart: Any = confusion({"ethnicity": {"confusion": counts.tolist()}}, ETHNICITY)
    assert chart.alt == "Ethnicity is right in 100 % of 3 validation pictures."


def test_nothing_measured_yet() -> None:
    assert confusion({}, GENDER).empty
