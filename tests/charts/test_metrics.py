from typing import Any

from mtldemo.charts import RunFrame, metric_curves, metric_words
from mtldemo.tasks import UTKFACE


def test_panels_shares_in_percent_and_the_best_epoch(frame: RunFrame) -> None:
    chart: Any = metric_curves(frame, UTKFACE)
    assert chart.figure.layout["meta"]["panels"] == 4
    error, near = (next(trace for trace in chart.figure.data if trace.uid == f"age_{name}") for name in ("mae", "cs5"))
    assert error.y.tolist() == [16.5, 13.0, 9.5, 6.0]
    assert [round(value) for value in near.y.tolist()] == [30, 40, 50, 60]
    assert error.marker.symbol == ("circle", "circle", "circle", "star")
    balanced = next(trace for trace in chart.figure.data if trace.uid == "gender_balanced_accuracy")
    assert balanced.line.dash == "dash"


def test_words(frame: RunFrame) -> None:
    chart: Any = metric_curves(frame, UTKFACE)
    assert chart.alt == (
        "Validation after epoch 4: Age 6 years mean absolute error, Gender 92.0 % accuracy, Ethnicity 92.0 % accuracy."
    )
    assert metric_words({}, UTKFACE[:1]) == "Age unknown"
    assert list(chart.table)[3:5] == ["age_mae", "age_cs5"]
