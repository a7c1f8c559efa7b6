"""A run's state and figures in one line, for its log and for a terminal."""

import math
from collections.abc import Mapping
from typing import Any

from mtldemo.runs import Status
from mtldemo.tasks import REGRESSION, TASKS, Task


def status_line(status: Status) -> str:
    """The status in one line."""
    if status.progress:
        return f"{status.progress.what}  {count_text(status.progress.done, status.progress.total)}".rstrip()
    return "  ".join([status.state, *facts(status)])


def facts(status: Status) -> list[str]:
    """How far a run that trains is, how fast, and how long it will take."""
    texts = []
    if status.total_steps:
        texts = [f"epoch {status.epoch}/{status.epochs}", f"step {status.step}/{status.total_steps}"]
    if status.images_per_second:
        texts.append(f"{status.images_per_second:,.0f} images/s")
    if status.eta_s is not None:
        texts.append(f"{duration(status.eta_s)} left")
    return texts


def count_text(done: int, total: int) -> str:
    """``500 of 20,000``, or ``500`` where the total (0) isn't known; empty before there is anything."""
    return f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""


def duration(seconds: float) -> str:
    """Seconds as ``0:42``, ``3:07`` or ``2:05:09``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def key_metric(task: Task, metrics: Mapping[str, Mapping[str, Any]]) -> float | None:
    """The task's key metric: years, or a share from 0 to 1; ``None`` where it wasn't measured."""
    value = metrics.get(task.name, {}).get(task.metric)
    return None if value is None else float(value)


def metric_text(task: Task, metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """The key metric as ``5.83`` years or ``92.5 %``; a dash where there is none."""
    value = key_metric(task, metrics)
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:.2f}" if task.kind == REGRESSION else f"{100 * value:.1f} %"


def metrics_line(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """All tasks' key metrics in one line."""
    texts = {task: metric_text(task, metrics) for task in TASKS if task.name in metrics}
    return ", ".join(
        f"{task.title.lower()} {text}{' ' + task.unit if task.unit and text != '-' else ''}"
        for task, text in texts.items()
    )
