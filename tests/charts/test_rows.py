"""Which charts a run is shown with."""

from collections.abc import Callable
from typing import Any

import pytest

from mtldemo import charts
from mtldemo.charts import RunFrame, gradient_cosines, gradient_norms, learning_rate, throughput
from mtldemo.charts.listening import listening
from mtldemo.tasks import AGE, UTKFACE, Task


@pytest.fixture
def plain(make_records: Callable[..., Any]) -> RunFrame:
    """A run that has compared no gradients."""
    return RunFrame(record for record in make_records(steps=100) if record["kind"] != "gradients")


def test_a_run_that_compares_gradients_has_every_chart(frame: RunFrame, plain: RunFrame) -> None:
    # What a way of sharing has learned is drawn where it learns something.
    every = [row for row in charts.ROWS if row != (listening,)]
    assert charts.chart_rows(frame, UTKFACE, comparing=False) == every
    # At work, the first comparison is yet to come.
    assert charts.chart_rows(plain, UTKFACE, comparing=True) == every


def test_charts_that_would_stay_empty_are_left_out(frame: RunFrame, plain: RunFrame) -> None:
    shown = charts.chart_rows(plain, UTKFACE, comparing=False)
    assert not {gradient_cosines, gradient_norms} & {chart for row in shown for chart in row}
    assert all(shown)
    alone = {chart for row in charts.chart_rows(frame, (AGE,), comparing=True) for chart in row}
    assert gradient_norms in alone
    assert gradient_cosines not in alone


def test_rows_of_many_tasks_have_the_width_for_themselves(frame: RunFrame) -> None:
    many = [Task(f"mark_{place}", "Mark", "binary", classes=("no", "yes")) for place in range(40)]
    assert charts.chart_rows(frame, many, comparing=True)[-2:] == [(gradient_norms,), (learning_rate, throughput)]
