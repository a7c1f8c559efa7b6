"""A run's state and figures in one line, for its log and for a terminal."""

import math
from collections.abc import Mapping
from typing import Any

from mtldemo.runs import Status
from mtldemo.tasks import Task, TaskSet

MOST = 8
"""Tasks whose figures are told in one line."""


def status_line(status: Status) -> str:
    """The status in one line."""
    if status.progress:
        return f"{status.progress.what}  {count_text(status.progress.done, status.progress.total)}".rstrip()
    return "  ".join([status.state, *progress_facts(status)])


def progress_facts(status: Status) -> list[str]:
    """How far a run that trains is, how fast, and how long it will take."""
    texts = []
    if status.total_steps:
        texts = [f"epoch {status.epoch}/{status.epochs}", f"step {status.step}/{status.total_steps}"]
    if status.images_per_second:
        texts.append(f"{status.images_per_second:,.0f} images/s")
    if status.eta_s is not None:
        texts.append(f"{clock_text(status.eta_s)} left")
    return texts


def count_text(done: int, total: int) -> str:
    """``500 of 20,000``, or ``500`` where the total (0) isn't known; empty before there is anything."""
    return f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""


def clock_text(seconds: float) -> str:
    """Seconds as ``0:42``, ``3:07`` or ``2:05:09``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def key_metric_text(task: Task, metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """The key measure with its unit, such as ``5.83 years`` or ``92.5 %``; a dash where there is none."""
    value = metrics.get(task.name, {}).get(task.metric)
    return "-" if value is None or not math.isfinite(value) else task.measure.shown(float(value))


def metrics_line(metrics: Mapping[str, Mapping[str, Any]], tasks: TaskSet) -> str:
    """All tasks' key measures in one line; of many, the first ones and how many more."""
    measured = [task for task in tasks if task.name in metrics]
    texts = [f"{task.in_sentence} {key_metric_text(task, metrics)}" for task in measured[:MOST]]
    return ", ".join(texts) + (f" and {len(measured) - MOST} more tasks" if len(measured) > MOST else "")
