"""A study's figures as a table, with its verdict, and as JSON."""

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from mtldemo.study import StudyFolder, StudyStatus, run_name
from mtldemo.tasks import Task, tasks_named

if TYPE_CHECKING:
    import pandas as pd

    from mtldemo.study.info import RunInfo

WIDE = 120
PAGE = "Charts and intervals are on the Compare page: python -m streamlit run streamlit_app.py"


def run_infos(study: StudyFolder) -> "list[RunInfo]":
    """The study's runs, each in the arm that the study says."""
    from mtldemo.study.collect import collect

    config = study.config()
    arms = {run_name(arm, seed): arm.name for arm in config.arms for seed in config.seeds}
    return [dataclasses.replace(info, arm=arms[info.name]) for info in collect(study.runs())]


def as_json(study: StudyFolder, status: StudyStatus) -> dict[str, Any]:
    """What ``compare --json`` prints: how the study ended, each arm's metrics on the test split with 95 % intervals
    over seeds (``null`` for one seed), and the verdict."""
    from mtldemo.study.collect import results
    from mtldemo.study.statistics import summary
    from mtldemo.study.verdict import verdict

    config, infos = study.config(), run_infos(study)
    found = results(infos)
    arms: dict[str, dict[str, dict[str, Any]]] = {}
    for row in summary(found).to_dict("records"):
        figures = {"seeds": int(row["n"]), **{name: _number(row[name]) for name in ("mean", "low", "high")}}
        arms.setdefault(row["arm"], {}).setdefault(row["task"], {})[row["metric"]] = figures
    return {
        "study": study.name,
        "path": str(study.path),
        "state": status.state,
        "message": status.message,
        "runs": {"total": status.total, "finished": status.finished, "failed": status.failed},
        "baseline": config.baseline,
        "arms": arms,
        "verdict": verdict(found, config.baseline, infos, underway=study.underway()),
    }


def print_study(study: StudyFolder, status: StudyStatus) -> None:
    """Print each arm's test metrics, the verdict, and how to go on."""
    from mtldemo.study.collect import results
    from mtldemo.study.statistics import summary
    from mtldemo.study.verdict import verdict

    config, infos = study.config(), run_infos(study)
    found = results(infos)
    if len(found):
        _print_table([arm.name for arm in config.arms], tasks_named(config.base.tasks), summary(found))
        print("\n".join(verdict(found, config.baseline, infos, underway=study.underway())))
    if status.message:
        print(status.message)
    if status.state in ("stopped", "failed", "crashed"):
        print(f'Go on: python -m mtldemo compare --resume "{study.name}" --runs-dir "{study.path.parent}"')
    print(PAGE)


def _print_table(arms: list[str], tasks: tuple[Task, ...], table: "pd.DataFrame") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    key = {task.name: task.metric for task in tasks}
    rows = [row for row in table.to_dict("records") if row["metric"] == key.get(row["task"])]
    cells = {(row["arm"], row["task"]): row for row in rows}
    drawn = Table("Arm")
    for title in ("Seeds", *(f"{task.title} {'MAE' if task.metric == 'mae' else task.metric}" for task in tasks)):
        drawn.add_column(title, justify="right")
    for arm in arms:
        found = [cells.get((arm, task.name)) for task in tasks]
        seeds = max((int(row["n"]) for row in found if row is not None), default=0)
        drawn.add_row(Text(arm), str(seeds), *(_cell(task, row) for task, row in zip(tasks, found, strict=True)))
    print("On the test split, mean over seeds ± half of its 95 % interval:")
    console = Console()
    (console if console.is_terminal else Console(width=WIDE)).print(drawn)


def _cell(task: Task, row: dict[str, Any] | None) -> str:
    if row is None:
        return "-"
    factor, digits, unit = (1, 2, "") if task.metric == "mae" else (100, 1, " %")
    half = factor * (row["high"] - row["low"]) / 2
    around = f" ± {half:.{digits}f}" if math.isfinite(half) else ""
    return f"{factor * row['mean']:.{digits}f}{around}{unit}"


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
