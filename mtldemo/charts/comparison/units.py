"""The measure that stands for a task in a chart, and the rows of a table that are of it."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mtldemo.tasks import Measure, Task

Metrics = Mapping[str, str]
"""The metric that stands for a task, by the task's name; a task that isn't there is judged by its key metric."""


def measure_of(task: Task, metrics: Metrics | None) -> Measure:
    """The measure that ``task`` is judged by; raises ``KeyError`` for one that the task doesn't have."""
    return task.measures[(metrics or {}).get(task.name, task.metric)]


def metric_rows(table: pd.DataFrame, tasks: Sequence[Task], metrics: Metrics | None) -> pd.DataFrame:
    """The rows of a table of statistics that are of each task's chosen metric."""
    if table.empty or "metric" not in table:
        return table
    wanted = {(task.name, measure_of(task, metrics).name) for task in tasks}
    pairs = zip(table["task"], table["metric"], strict=True)
    return table.loc[[pair in wanted for pair in pairs]]
