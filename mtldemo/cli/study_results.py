"""A study's figures as a table, with its verdict, and as JSON."""

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from mtldemo.cli.output import table_console
from mtldemo.study import StudyFolder, StudyStatus
from mtldemo.tasks import Task, TaskSet

if TYPE_CHECKING:
    import pandas as pd

    from mtldemo.study.info import RunInfo

WIDE = 120
MOST_COLUMNS = 6
"""Tasks that have a column each."""
PAGE = "Charts and intervals are on the Compare page: python -m streamlit run streamlit_app.py"


def run_infos(study: StudyFolder) -> "list[RunInfo]":
    """The study's runs, each in the arm that it was made for."""
    from mtldemo.study.collect import collect

    infos = collect(study.runs())
    return [dataclasses.replace(info, arm=info.origin.arm) if info.origin else info for info in infos]


def study_json(study: StudyFolder, status: StudyStatus) -> dict[str, Any]:
    """What ``compare --json`` prints: how the study ended, each arm's metrics on the test split with 95 % intervals
    over seeds (``null`` for one seed) and how many seeds they are over, and have ``diverged`` where some have,
    and the verdict."""
    from mtldemo.study.statistics import summary
    from mtldemo.study.verdict import verdict
    from mtldemo.study.verdict_words import verdict_sentences

    config, infos = study.config(), run_infos(study)
    tested, remarks = _results(infos)
    arms: dict[str, dict[str, dict[str, Any]]] = {}
    table = summary(tested)
    lost = table.attrs["lost"]
    for row in table.to_dict("records"):
        figures = {
            "seeds": int(row["n"]),
            **({"diverged": lost[row["arm"]].lost} if row["arm"] in lost else {}),
            **{name: _number(row[name]) for name in ("mean", "low", "high")},
        }
        arms.setdefault(row["arm"], {}).setdefault(row["task"], {})[row["metric"]] = figures
    return {
        "study": study.name,
        "path": str(study.path),
        "state": status.state,
        "message": status.message,
        "runs": {"total": status.total, "finished": status.finished, "failed": status.failed},
        "baseline": config.baseline,
        "arms": arms,
        "verdict": [*verdict_sentences(verdict(tested, config.baseline, infos, underway=study.underway())), *remarks],
    }


def print_study(study: StudyFolder, status: StudyStatus) -> None:
    """Print each arm's test metrics, the verdict, and how to go on."""
    from mtldemo.study.info import tasks_of
    from mtldemo.study.statistics import summary
    from mtldemo.study.verdict import verdict
    from mtldemo.study.verdict_words import verdict_sentences

    config, infos = study.config(), run_infos(study)
    tested, remarks = _results(infos)
    if len(tested):
        _print_table([arm.name for arm in config.arms], tasks_of(infos), summary(tested))
        print(
            "\n".join(
                [*verdict_sentences(verdict(tested, config.baseline, infos, underway=study.underway())), *remarks]
            )
        )
    if status.message:
        print(status.message)
    to_do = [info for info in infos if info.state != "finished" and not info.status.diverged]
    if status.state in ("stopped", "failed", "crashed") and (to_do or len(infos) < status.total):
        print(f'Go on: python -m mtldemo compare --resume "{study.name}" --runs-dir "{study.path.parent}"')
    print(PAGE)


def _results(infos: "list[RunInfo]") -> "tuple[pd.DataFrame, list[str]]":
    """The results of the runs that may be averaged, the most that were tested on the same pictures, and a sentence
    where others are left out."""
    from mtldemo.sentences import counted
    from mtldemo.study.collect import comparable_groups, results

    groups = comparable_groups(infos)
    if len(groups) < 2:
        return results(infos), []
    alone = f"The figures are of {counted(len(groups[0]), 'run', 'runs')} like {groups[0][0].name} alone."
    return results(groups[0]), [alone]


def _print_table(arms: list[str], tasks: TaskSet, table: "pd.DataFrame") -> None:
    from rich.table import Table
    from rich.text import Text

    key = {task.name: task.metric for task in tasks}
    rows = [row for row in table.to_dict("records") if row["metric"] == key.get(row["task"])]
    cells, lost = {(row["arm"], row["task"]): row for row in rows}, table.attrs["lost"]
    titles = [f"{task.title} {task.measure.short}" for task in tasks]
    drawn, wide = Table("Arm"), len(tasks) <= MOST_COLUMNS
    drawn.add_column("Seeds", justify="right")
    for title in titles if wide else ():
        drawn.add_column(title, justify="right")
    if not wide:
        drawn.add_column("Task")
        drawn.add_column("Value", justify="right")
    for arm in arms:
        rows_of_arm = [cells.get((arm, task.name)) for task in tasks]
        seeds = max((int(row["n"]) for row in rows_of_arm if row is not None), default=0)
        diverged = f", {lost[arm].lost} diverged" if arm in lost else ""
        shown = [_cell(task, row) for task, row in zip(tasks, rows_of_arm, strict=True)]
        if wide:
            drawn.add_row(Text(arm), f"{seeds}{diverged}", *map(Text, shown))
            continue
        # Many tasks have a line each, where a column each would leave no room for any.
        for number, (title, cell) in enumerate(zip(titles, shown, strict=True)):
            drawn.add_row(*((Text(arm), f"{seeds}{diverged}") if not number else ("", "")), Text(title), Text(cell))
    print("On the test split, mean over seeds ± half of its 95 % interval:")
    table_console(WIDE).print(drawn)


def _cell(task: Task, row: dict[str, Any] | None) -> str:
    if row is None:
        return "-"
    if not row["n"]:
        return "diverged"
    from mtldemo.study.wording import around

    measure, digits = task.measure, task.measure.digits
    mean = f"{measure.factor * row['mean']:,.{digits}f}"
    beside = around(measure, row["low"], row["high"], digits)
    unit = "" if measure.unit == task.unit else f" {measure.unit}"
    return f"{mean} {beside}".rstrip() + unit if beside.startswith("±") else f"{mean}{unit} {beside}".rstrip()


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
