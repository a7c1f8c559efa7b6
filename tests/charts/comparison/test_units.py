import pandas as pd

from mtldemo.charts.comparison.units import difference_unit, metric_of, rising, rows_of, scale, unit, words
from mtldemo.tasks import AGE, GENDER


def test_years_and_percent() -> None:
    assert (unit(AGE, "mae"), difference_unit(AGE, "mae"), scale("mae"), rising("mae")) == ("years", "years", 1, False)
    assert (unit(AGE, "cs5"), difference_unit(AGE, "cs5"), scale("cs5"), rising("cs5")) == (
        "%",
        "percentage points",
        100,
        True,
    )
    assert words("mae") == "mean absolute error"


def test_rows_of_the_chosen_metrics() -> None:
    table = pd.DataFrame({"task": ["age", "age", "gender"], "metric": ["mae", "cs5", "accuracy"], "value": [1, 2, 3]})
    assert rows_of(table, (AGE, GENDER), None)["value"].tolist() == [1, 3]
    assert rows_of(table, (AGE,), {"age": "cs5"})["value"].tolist() == [2]
    assert metric_of(GENDER, {"age": "cs5"}) == "accuracy"
