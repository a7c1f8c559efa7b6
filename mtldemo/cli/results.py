"""A run's figures in words, as a table and as JSON."""

import time
from typing import Any

from mtldemo.errors import MtlDemoError
from mtldemo.model.sharing_words import sharing_name
from mtldemo.runs import RunFolder, Summary
from mtldemo.work.log_lines import clock_text, metrics_line


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


def print_metrics(run: RunFolder, summary: Summary) -> None:
    """Print each task's metrics on the split that was measured last."""
    from rich.console import Console
    from rich.table import Table

    where = {"test": "the test split", "val": "the validation split"}.get(summary.split, "")
    if not where:
        return
    table = Table("Task", "Metric")
    table.add_column("Value", justify="right")
    for task in run.config().learned_tasks():
        for name, value in summary.metrics.get(task.name, {}).items():
            if name in task.measures and isinstance(value, int | float):
                table.add_row(task.title, task.measures[name].short, task.measures[name].shown(value))
    print(f"{run.name} on {where}:")
    Console().print(table)


def row(run: RunFolder) -> dict[str, Any]:
    """A run as one row of the list, plain JSON values; ``problem`` says why a folder can't be read as a run,
    ``remarks`` what in it isn't as it was written."""
    try:
        if run.problem:
            raise MtlDemoError(run.problem)
        config, summary = run.config(), run.summary()
        tasks = config.learned_tasks()
    except MtlDemoError as error:
        return {"name": run.name, "state": "", "problem": str(error)}
    return {
        "name": run.name,
        "state": summary.status.state,
        "strategy": config.weighting.strategy,
        "sharing": sharing_name(config.sharing) or config.sharing.sharing,
        "data": config.data.source,
        "epochs": summary.status.epochs or config.epochs,
        "epoch": (summary.last or {}).get("epoch", 0),
        "metrics": {
            task.name: {task.metric: summary.metrics[task.name].get(task.metric)}
            for task in tasks
            if task.name in summary.metrics
        },
        "result": metrics_line(summary.metrics, tasks),
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
    return clock_text(seconds) if seconds else "-"
