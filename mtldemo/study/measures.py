"""What a table of results is of: its tasks, which travel with it, and the measures that its rows hold.

``collect.results`` puts the ``TaskSet`` of its runs into the table's ``.attrs``; pandas hands it on to every part of
that table. Whoever is given such a table alone asks here for direction, unit, range and order.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from mtldemo.tasks import Measure, TaskSet

__all__ = ["Measure", "in_order", "key_metrics", "measure_in", "of_tasks", "tasks_in"]

_TASKS = "tasks"


def of_tasks(table: pd.DataFrame, tasks: TaskSet) -> pd.DataFrame:
    """``table`` itself, which from now on says that its rows are of ``tasks``."""
    table.attrs[_TASKS] = tasks
    return table


def tasks_in(table: pd.DataFrame) -> TaskSet:
    """The tasks that a table of results is of, in their order; none where it doesn't say."""
    return table.attrs.get(_TASKS, TaskSet(()))


def measure_in(table: pd.DataFrame, task: str, metric: str) -> Measure:
    """The measure in the table's rows of ``task`` and ``metric``; raises ``MtlDemoError`` for another task,
    ``KeyError`` for a metric that the task doesn't have."""
    return tasks_in(table).named(task).measures[metric]


def key_metrics(table: pd.DataFrame, metrics: Mapping[str, str] | None = None) -> dict[str, str]:
    """The metric that each task is judged by: the one in ``metrics``, else its key measure."""
    return {**{task.name: task.metric for task in tasks_in(table)}, **(metrics or {})}


def in_order(tasks: TaskSet, names: Iterable[str]) -> list[str]:
    """``names`` in the order of ``tasks``, then those that aren't among them by name."""
    positions = {name: position for position, name in enumerate(tasks.names)}
    return sorted(names, key=lambda name: (positions.get(name, len(positions)), name))
