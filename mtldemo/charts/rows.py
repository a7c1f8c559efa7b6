"""The charts of a run in the order they are read."""

from collections.abc import Callable, Sequence

from mtldemo.charts.gradients import gradient_cosines, gradient_norms
from mtldemo.charts.listening import listening
from mtldemo.charts.losses import loss_curves
from mtldemo.charts.metrics import metric_curves
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.schedule import learning_rate, throughput
from mtldemo.charts.task_rows import in_rows
from mtldemo.charts.weights import contributions, task_weights
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import Task

RunChart = Callable[[RunFrame, Sequence[Task], ChartOptions], Chart]
ROWS: tuple[tuple[RunChart, ...], ...] = (
    (loss_curves,),
    (contributions, task_weights),
    (metric_curves,),
    (listening,),
    (gradient_cosines,),
    (gradient_norms, learning_rate, throughput),
)
"""Those of a row stand side by side."""


def chart_rows(frame: RunFrame, tasks: Sequence[Task], *, comparing: bool) -> list[tuple[RunChart, ...]]:
    """``ROWS`` without the charts that would stay empty: of gradients where the run has compared none and isn't
    ``comparing`` them (any more), of what sharing has learned where it learns nothing, and of pairs of tasks where
    there is only one."""
    empty: set[RunChart] = set() if comparing or len(frame.gradients) else {gradient_cosines, gradient_norms}
    if not any(epoch.get("sharing") for epoch in frame.epochs):
        empty.add(listening)
    if len(tasks) < 2:
        empty.add(gradient_cosines)
    # Rows of many tasks need the width.
    wanted = [part for row in ROWS for part in (_apart(row) if in_rows(tasks) else [row])]
    rows = [tuple(chart for chart in row if chart not in empty) for row in wanted]
    return [row for row in rows if row]


def _apart(row: tuple[RunChart, ...]) -> list[tuple[RunChart, ...]]:
    """A row of more than two charts with the first one, which is of the tasks, in a row of its own."""
    return [row] if len(row) < 3 else [row[:1], row[1:]]
