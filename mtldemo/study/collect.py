"""Run folders as rows of a comparison: fast for hundreds of runs, and never an error for one that can't be read."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mtldemo.errors import MtlDemoError, readable
from mtldemo.runs import STUDY_FILE, RunFolder, Status, origin
from mtldemo.runs.metrics import damaged_lines_sentence
from mtldemo.runs.status import judged
from mtldemo.study.arms import arms, named
from mtldemo.study.differences import comparable_groups, differences, incomparable
from mtldemo.study.divergence import diverged_runs
from mtldemo.study.index import IndexEntry, index_of
from mtldemo.study.info import RunInfo, dataset_key, split_key, tasks_of
from mtldemo.study.measures import of_tasks
from mtldemo.tasks import TaskSet

__all__ = ["RunInfo", "arms", "collect", "comparable_groups", "differences", "incomparable", "named", "results"]

RESULTS = ["run", "arm", "seed", "task", "metric", "value", "higher_is_better", "split"]


def collect(folders: Iterable[RunFolder]) -> list[RunInfo]:
    """The runs in the order of ``folders``, each with the arm it belongs to among them.

    Never raises: what is wrong with a folder stands in its ``problem``. Files that haven't changed since the last time
    aren't opened.
    """
    paths = [folder.path.absolute() for folder in folders]
    by_parent: dict[Path, list[str]] = {}
    for path in paths:
        by_parent.setdefault(path.parent, []).append(path.name)
    entries = {parent: index_of(parent).entries(names, parent) for parent, names in by_parent.items()}
    studies = {parent: readable(parent.name) for parent in by_parent if (parent / STUDY_FILE).exists()}
    return named([_info(path, entries[path.parent][path.name], studies.get(path.parent, "")) for path in paths])


def results(infos: Iterable[RunInfo], split: str = "test") -> pd.DataFrame:
    """One row a run, task and metric (``RESULTS``), of the runs that have been tested and whose config can be read, and
    of those that diverged, whose values are ``nan``.

    ``split`` ``val`` takes the best epoch's figures on the validation split in place of the test's; they flatter every
    run a little, since the epoch was chosen by them. The order of runs is kept. The table carries the runs' ``TaskSet``
    (``measures.tasks_in``).
    """
    infos = [info for info in infos if info.config is not None and info.seed is not None]
    lost, tasks = diverged_runs(infos), tasks_of(infos)
    measured = {info.path: _figures(info, tasks, split) for info in infos if info.path not in lost}
    metrics: dict[str, dict[str, None]] = {}
    for task, metric in (pair for figures in measured.values() for pair in figures):
        metrics.setdefault(task, {})[metric] = None
    rows = []
    for info in infos:
        figures = measured.get(info.path)
        if figures is None:
            own = [task for task in tasks if task.name in info.tasks]
            figures = {
                (task.name, metric): math.nan for task in own for metric in metrics.get(task.name, {task.metric: None})
            }
        for (task, metric), value in figures.items():
            higher = tasks.named(task).measures[metric].higher_is_better
            rows.append((info.name, info.arm, info.seed, task, metric, value, higher, split))
    return of_tasks(pd.DataFrame(rows, columns=RESULTS), tasks)


def _figures(info: RunInfo, tasks: TaskSet, split: str) -> dict[tuple[str, str], float]:
    """What was measured, by task and metric."""
    record = info.test if split == "test" else info.best
    measured = (record or {}).get("metrics") or {}
    return {
        (task.name, metric): float(measured[task.name][metric])
        for task in tasks
        if isinstance(measured.get(task.name), dict)
        for metric in task.measures
        if isinstance(measured[task.name].get(metric), int | float)
    }


def _info(path: Path, entry: IndexEntry, study: str) -> RunInfo:
    known: dict[str, Any] = {"name": readable(path.name), "path": path, "runs_dir": path.parent, "study": study}
    status, problem = _status(path, entry)
    if study:
        seed = entry.config.seed if entry.config else None
        known["origin"] = entry.origin or origin.by_name(path.name, seed)
    if entry.config is not None:
        data = entry.config.data
        known |= {
            "config": entry.config,
            "seed": entry.config.seed,
            "tasks": entry.config.tasks,
            "dataset_key": dataset_key(data),
            "split_key": split_key(data, own_split=entry.own_split),
        }
    return RunInfo(
        **known,
        problem=readable(_problem(path, entry, status) or problem),
        status=status,
        epochs_done=entry.scan.epochs_done,
        time_s=entry.scan.seconds,
        data_key=entry.data_key,
        data_notice=entry.data_notice,
        own_split=entry.own_split,
        test=entry.scan.test,
        best=entry.scan.best,
        sparkline=entry.scan.sparkline(),
        note=entry.note.text,
        tags=entry.note.tags,
    )


def _status(path: Path, entry: IndexEntry) -> tuple[Status, str]:
    """The status as it is now, and what is wrong with it. Only a live run's process is looked for."""
    if entry.status is None:
        return Status(state="failed", message="Its status can't be read."), ""
    if not entry.status.live:
        return entry.status, ""
    try:
        return judged(entry.status, RunFolder(path).launched()), ""
    except MtlDemoError as error:
        return Status(state="failed", message=str(error)), str(error)


def _problem(path: Path, entry: IndexEntry, status: Status) -> str:
    """What is wrong with the folder, the worst first; empty where nothing is."""
    if not entry.stamps:
        if path.is_dir():
            return f"{path} may not be read; change its permissions or leave it out."
        if path.exists():
            return f"{path} is a file where a run's folder was expected; move it elsewhere."
        return f"{path} is gone; was its folder moved or deleted?"
    if entry.unknown_setting:
        return (
            f"{path.name} was made by another version of this program: its config.json has the setting "
            f"{entry.unknown_setting}, which this version doesn't know; update the program, or leave the run out."
        )
    if "config.json" in entry.problems:
        return _about(path, entry.problems["config.json"])
    if entry.config is None:
        return f"{path} has no config.json, so it isn't a run; put that file back, or move the folder elsewhere."
    for file in ("status.json", "metrics.jsonl", "data.json", "notes.json", origin.FILE):
        if file in entry.problems:
            return _about(path, entry.problems[file])
    if entry.status is None:
        return f"{path} has no status.json, so it isn't known how far the run came; resume it to have it go on."
    if entry.scan.cut and not status.live:
        return (
            f"The last line of {path / 'metrics.jsonl'} is cut off; what stands before it is shown. Resume the run to "
            "have the rest again."
        )
    if entry.scan.skipped:
        return damaged_lines_sentence(path / "metrics.jsonl", entry.scan.skipped)
    return ""


def _about(path: Path, problem: str) -> str:
    return problem if path.name in problem else f"{path.name}: {problem}"
