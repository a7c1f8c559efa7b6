import pandas as pd

from mtldemo.charts.comparison.units import measure_of, metric_rows
from mtldemo.tasks import AGE, GENDER


def test_the_measure_of_a_task_is_the_chosen_one_or_its_key_measure() -> None:
    error, share = measure_of(AGE, None), measure_of(AGE, {"age": "cs5"})
    assert (error.unit, error.difference_unit, error.factor, error.higher_is_better) == ("years", "years", 1, False)
    assert (share.unit, share.difference_unit, share.factor) == ("%", "percentage points", 100)
    assert share.higher_is_better
    assert measure_of(GENDER, {"age": "cs5"}).name == "accuracy"


def test_rows_of_the_chosen_metrics() -> None:
    table = pd.DataFrame({"task": ["age", "age", "gender"], "metric": ["mae", "cs5", "accuracy"], "value": [1, 2, 3]})
    assert metric_rows(table, (AGE, GENDER), None)["value"].tolist() == [1, 3]
    assert metric_rows(table, (AGE,), {"age": "cs5"})["value"].tolist() == [2]
