from typing import Any

import numpy as np
import pytest

from mtldemo.charts import answer_distribution, class_shares
from mtldemo.charts.colours import PALETTE
from mtldemo.tasks import AGE, CLASSES, ETHNICITY, GENDER, REGRESSION, UTKFACE, Task

YEARS = np.arange(117)


def bell(middle: float, width: float) -> np.ndarray:
    shares = np.exp(-0.5 * ((YEARS - middle) / width) ** 2)
    return shares / shares.sum()


def test_an_age_has_its_distribution_and_interval() -> None:
    chart: Any = answer_distribution(AGE, 34.2, (28.4, 41.0), bell(34, 5), nominal=0.8)
    curve, answer = chart.figure.data
    assert curve.y.sum() == pytest.approx(100)
    assert curve.line.color == PALETTE[0]
    assert answer.x[0] == 34.2
    band = chart.figure.layout.shapes[0]
    assert (band.x0, band.x1) == (28.4, 41.0)
    assert chart.alt == "Age: 34 years; 80 % interval 28 to 41 years."
    assert len(chart.table) == 117


def test_only_the_years_that_are_likely_are_shown() -> None:
    chart: Any = answer_distribution(AGE, 34, None, bell(34, 3), nominal=0.8)
    first, last = chart.figure.layout.xaxis.range
    assert 15 < first < 24
    assert 44 < last < 53
    young: Any = answer_distribution(AGE, 1, (0, 3), bell(1, 1), nominal=0.8)
    assert young.figure.layout.xaxis.range[0] == -1


def test_a_single_number_without_calibration_is_a_mark_alone() -> None:
    chart: Any = answer_distribution(AGE, 50, None, np.empty(0), nominal=0.8)
    assert len(chart.figure.data) == 1
    assert len(chart.figure.layout.shapes) == 1
    assert chart.alt == "Age: 50 years."
    assert "Not calibrated" in chart.caption
    assert chart.empty


def test_each_class_has_a_bar_and_the_likeliest_stands_out() -> None:
    chart: Any = class_shares(
        ETHNICITY,
        dict(zip(ETHNICITY.classes, (0.9, 0.05, 0.03, 0.019, 0.001), strict=True)),
        threshold=0.72,
        tasks=UTKFACE,
    )
    bars = chart.figure.data[0]
    assert list(bars.y) == list(ETHNICITY.classes)
    assert list(bars.text) == ["90 %", "5 %", "3 %", "2 %", "< 1 %"]
    assert bars.marker.color[0] == PALETTE[2]
    assert len(set(bars.marker.color)) == 2
    assert chart.figure.layout.shapes[0].x0 == 72
    assert chart.alt == "Ethnicity: White 90 %, Black 5 %, Asian 3 %, Indian 2 % and Others < 1 %."


def test_without_a_threshold_there_is_no_line_and_nearly_all_is_not_all() -> None:
    chart: Any = class_shares(GENDER, {"male": 0.0004, "female": 0.9996})
    assert list(chart.figure.data[0].text) == ["< 1 %", "> 99 %"]
    assert not chart.figure.layout.shapes
    assert chart.caption == "Not calibrated."


def test_a_distribution_lies_over_its_own_range() -> None:
    price = Task(name="price", title="Price", kind=REGRESSION, low=0, high=3000, unit="EUR", bins=31)
    chart: Any = answer_distribution(price, 1500, (1200, 1800), np.ones(31) / 31, nominal=0.8)
    assert chart.figure.data[0].x.tolist() == [100 * number for number in range(31)]
    assert chart.alt == "Price: 1,500 EUR; 80 % interval 1,200 to 1,800 EUR."


def test_of_many_classes_the_likeliest_are_shown_and_the_rest_counted() -> None:
    names = tuple(f"{number}" for number in range(1000))
    species = Task(name="species", title="Species", kind=CLASSES, classes=names)
    shares = {name: 0.9 if name == "700" else 0.1 / 999 for name in names}
    chart: Any = class_shares(species, shares)
    assert chart.table["class"].tolist()[0] == "700"
    assert len(chart.table) == 5
    assert "995 more" in chart.caption
    # Names that are numbers are names.
    assert chart.figure.layout.yaxis.type == "category"
