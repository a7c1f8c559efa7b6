from typing import Any

from mtldemo.charts import RunFrame, learning_rate, throughput


def test_what_is_read_is_what_is_drawn(frame: RunFrame) -> None:
    chart: Any = learning_rate(frame)
    assert chart.figure.data[0].y[199] == chart.table["lr"][199].astype("float32")
    assert throughput(frame).alt.startswith("Throughput now: 59")
    assert throughput(frame).alt.endswith("images a second.")


def test_a_rate_that_was_not_finite_is_no_error() -> None:
    record = {"kind": "step", "step": 1, "epoch": 0.1, "time": 0.1, "lr": None, "losses": {}, "weights": {}}
    assert learning_rate(RunFrame([record])).alt == "Learning rate now: unknown."
