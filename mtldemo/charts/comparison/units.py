"""How a metric is written: its words, its unit, and which way is better."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mtldemo.charts.metrics import WORDS
from mtldemo.tasks import Task

Metrics = Mapping[str, str]
"""The metric that stands for a task, by the task's name; a task that isn't there is judged by its key metric."""


def metric_of(task: Task, metrics: Metrics | None) -> str:
    """The name of the metric that ``task`` is judged by."""
    return (metrics or {}).get(task.name, task.metric)


def rising(metric: str) -> bool:
    """Whether a larger value is a better one: for all but the mean error."""
    return metric != "mae"


def scale(metric: str) -> float:
    """What recorded values are multiplied by to be shown: shares become percent."""
    return 100.0 if rising(metric) else 1.0


def unit(task: Task, metric: str) -> str:
    """The unit of a shown value: ``years`` or ``%``."""
    return "%" if rising(metric) else task.unit


def difference_unit(task: Task, metric: str) -> str:
    """The unit of the difference of two shown values."""
    return "percentage points" if rising(metric) else task.unit


def words(metric: str) -> str:
    """The metric in words, such as ``mean absolute error``."""
    return WORDS.get(metric, metric)


def rows_of(table: pd.DataFrame, tasks: Sequence[Task], metrics: Metrics | None) -> pd.DataFrame:
    """The rows of a table of statistics that are of each task's chosen metric."""
    if table.empty or "metric" not in table:
        return table
    wanted = {(task.name, metric_of(task, metrics)) for task in tasks}
    pairs = zip(table["task"], table["metric"], strict=True)
    return table.loc[[pair in wanted for pair in pairs]]
