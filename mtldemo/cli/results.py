"""A run's figures in words, as a table and as JSON."""

import math
import time
from collections.abc import Mapping
from typing import Any

from mtldemo.cli.display import duration
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder, Summary
from mtldemo.tasks import Task, TaskSet

NAMED = 6
"""Tasks whose figures stand in a line or have a column; the others are counted."""


def key_metric(task: Task, metrics: Mapping[str, Mapping[str, Any]]) -> float | None:
    """The task's key metric, in its unit or a share from 0 to 1; ``None`` where it wasn't measured."""
    value = metrics.get(task.name, {}).get(task.metric)
    return None if value is None else float(value)


def metric_text(task: Task, metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """The key metric as ``5.83`` (in the task's unit) or ``92.5 %``; a dash where there is none."""
    value = key_metric(task, metrics)
    if value is None or not math.isfinite(value):
        return "-"
    return task.measure.shown(value) if task.measure.unit == "%" else f"{value:.{task.measure.digits}f}"


def in_one_line(metrics: Mapping[str, Mapping[str, Any]], tasks: TaskSet) -> str:
    """The key metrics of ``tasks`` in one line: of many the first, and how many more there are."""
    measured = [task for task in tasks if task.name in metrics]
    texts = []
    for task in measured[:NAMED]:
        text = metric_text(task, metrics)
        unit = "" if text == "-" or task.measure.unit == "%" else f" {task.measure.unit}".rstrip()
        texts.append(f"{task.title.lower()} {text}{unit}")
    if len(measured) > NAMED:
        texts.append(f"and {len(measured) - NAMED} tasks more")
    return ", ".join(texts)


def learned(run: RunFolder) -> TaskSet:
    """The tasks of a run; none where its config can't be read."""
    try:
        return run.config().learned_tasks()
    except MtlDemoError:
        return TaskSet(())


def as_json(run: RunFolder, summary: Summary) -> dict[str, Any]:
    """What ``train --json`` prints last; ``data_notice`` is what was left out or changed in reading the data set."""
    speed = (summary.test or {}).get("images_per_second") or summary.status.images_per_second
    return {
        "run": run.name,
        "metrics": summary.metrics,
        "images_per_second": speed,
        "split": summary.split,
        "state": summary.status.state,
        "data_notice": run.data_notice(),
        "path": str(run.path),
    }


def print_table(run: RunFolder, summary: Summary) -> None:
    """Print each task's metrics on the split that was measured last."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    where = {"test": "the test split", "val": "the validation split"}.get(summary.split, "")
    if not where:
        return
    table = Table("Task", "Metric")
    table.add_column("Value", justify="right")
    for task in learned(run):
        values = summary.metrics.get(task.name, {})
        for name, measure in task.measures.items():
            if isinstance(values.get(name), int | float):
                table.add_row(Text(task.title), measure.short, measure.shown(values[name]))
    print(f"{run.name} on {where}:")
    Console().print(table)


def row(run: RunFolder) -> dict[str, Any]:
    """A run as one row of the list, plain JSON values; ``problem`` says why a folder can't be read as a run,
    ``remarks`` what in it isn't as it was written."""
    try:
        if run.problem:
            raise MtlDemoError(run.problem)
        config, summary = run.config(), run.summary()
    except MtlDemoError as error:
        return {"name": run.name, "state": "", "problem": str(error)}
    return {
        "name": run.name,
        "state": summary.status.state,
        "strategy": config.weighting.strategy,
        "data": config.data.source,
        "epochs": summary.status.epochs or config.epochs,
        "epoch": (summary.last or {}).get("epoch", 0),
        "metrics": {
            task.name: {task.metric: key_metric(task, summary.metrics)}
            for task in config.learned_tasks()
            if task.name in summary.metrics
        },
        "split": summary.split,
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(summary.status.created)),
        "seconds": summary.time,
        "message": summary.status.message,
        "problem": "",
        "remarks": run.remarks(summary.damaged),
        "data_notice": run.data_notice(),
    }


def duration_text(seconds: float) -> str:
    """A run's time of training; a dash before there is any."""
    return duration(seconds) if seconds else "-"
