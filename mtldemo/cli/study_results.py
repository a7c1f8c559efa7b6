"""A study's figures as a table and as JSON."""

import math
import statistics
from typing import Any

from mtldemo.cli.results import key_metric
from mtldemo.study import StudyConfig, StudyFolder, StudyStatus
from mtldemo.tasks import REGRESSION, Task, tasks_named

WIDE = 120
Values = dict[str, dict[str, list[float]]]


def test_values(study: StudyFolder, config: StudyConfig) -> Values:
    """The key metrics of the finished runs' test split: by arm, by task, one for each seed."""
    found: Values = {}
    for arm in config.arms:
        by_task = found.setdefault(arm.name, {})
        for seed in config.seeds:
            run = study.run_of(arm, seed)
            summary = run.summary() if run.path.is_dir() else None
            for task in tasks_named(config.base.tasks) if summary and summary.test else ():
                value = key_metric(task, summary.metrics) if summary else None
                if value is not None:
                    by_task.setdefault(task.name, []).append(value)
    return found


def as_json(study: StudyFolder, status: StudyStatus) -> dict[str, Any]:
    """What ``compare --json`` prints."""
    config = study.config()
    tasks = {task.name: task for task in tasks_named(config.base.tasks)}
    values = test_values(study, config)
    return {
        "study": study.name,
        "path": str(study.path),
        "state": status.state,
        "message": status.message,
        "runs": {"total": status.total, "finished": status.finished, "failed": status.failed},
        "arms": {
            arm: {
                name: {tasks[name].metric: {"mean": statistics.fmean(found), "runs": len(found), "values": found}}
                for name, found in by_task.items()
            }
            for arm, by_task in values.items()
        },
    }


def print_study(study: StudyFolder, status: StudyStatus) -> None:
    """Print how the study ended and the mean test metric of each arm and task."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    config = study.config()
    tasks = tasks_named(config.base.tasks)
    values = test_values(study, config)
    if any(values.values()):
        table = Table("Arm")
        for title in (
            "Runs",
            *(f"{task.title} {task.metric.upper() if task.metric == 'mae' else ''}" for task in tasks),
        ):
            table.add_column(title.strip(), justify="right")
        for arm in config.arms:
            by_task = values[arm.name]
            runs = max((len(found) for found in by_task.values()), default=0)
            table.add_row(Text(arm.name), str(runs), *(_cell(task, by_task.get(task.name, [])) for task in tasks))
        print(f"{study.name}: the test split's mean over seeds, and its spread (standard deviation)")
        console = Console()
        (console if console.is_terminal else Console(width=WIDE)).print(table)
    if status.message:
        print(status.message)
    if status.state in ("stopped", "failed"):
        print(f"Go on: python -m mtldemo compare --resume {study.name} --runs-dir {study.path.parent}")
    print("Charts, intervals and the verdict are on the Compare page: streamlit run streamlit_app.py")


def _cell(task: Task, values: list[float]) -> str:
    if not values:
        return "-"
    mean, spread = statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else math.nan
    factor, unit = (1, "") if task.kind == REGRESSION else (100, " %")
    digits = 2 if task.kind == REGRESSION else 1
    around = f" ± {factor * spread:.{digits}f}" if len(values) > 1 else ""
    return f"{factor * mean:.{digits}f}{around}{unit}"
