"""A study's metrics alone, small enough to travel with the project: no weights, no paths, no names of machines."""

import dataclasses
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mtldemo.errors import MtlDemoError
from mtldemo.files import disk_errors
from mtldemo.runs import RunFolder
from mtldemo.study.folder import StudyFolder
from mtldemo.study.status import StudyStatus
from mtldemo.titles import without_paths

MOST = 120
"""About how many step records, and as many gradient records, a shipped run keeps."""
DIGITS = 5
"""Significant digits of a shipped number in a step or gradient record."""


def export_metrics(study: StudyFolder, folder: Path) -> int:
    """Write the study with its runs that finished or diverged into the new ``folder``, whose name is the study's there;
    returns how many runs it holds. What of the data set's path was kept is the file's name.

    Epoch and test records are kept whole, step and gradient records are thinned evenly, the last ones kept. Raises
    ``MtlDemoError`` where the folder holds anything already, no run is finished, or the disk refuses.
    """
    config = study.config()
    statuses = [(run, run.status()) for run in study.runs()]
    finished = sum(status.state == "finished" for _, status in statuses)
    # Without those that diverged their arms would look better than they are.
    runs = [run for run, status in statuses if status.state == "finished" or status.diverged]
    if not finished:
        raise MtlDemoError(f"The study {study.name!r} has no finished run to export yet.")
    folder = Path(folder).absolute()
    draft = folder.with_name(f".new-{secrets.token_hex(4)}")
    with disk_errors(folder):
        if folder.exists() and any(folder.iterdir()):
            raise MtlDemoError(f"{folder} holds something already; choose another folder, or empty it first.")
        draft.mkdir(parents=True)
        try:
            new = StudyFolder(draft)
            new.write_config(dataclasses.replace(config, base=without_paths(config.base)))
            compute = study.compute()
            if compute is not None:
                new.write_compute(compute)
            for run in runs:
                _export_run(run, draft)
            total = len(config.arms) * len(config.seeds)
            diverged = len(runs) - finished
            sentence = f"{finished} of {total} runs are finished" + (f", {diverged} diverged" if diverged else "") + "."
            old = study.stored_status()
            new.write_status(
                StudyStatus(
                    state="finished" if finished == total else "failed" if len(runs) == total else "stopped",
                    total=total,
                    finished=finished,
                    failed=diverged,
                    left=total - len(runs),
                    workers=config.workers,
                    message=sentence if finished < total else "",
                    created=old.created,
                    updated=old.updated,
                )
            )
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return len(runs)


def thinned(records: Iterable[dict[str, Any]], most: int = MOST) -> list[dict[str, Any]]:
    """``records`` with about ``most`` of each frequent kind, evenly spread and the last one among them, their numbers
    rounded. Other kinds are kept as they are."""
    records = list(records)
    chosen = set()
    for kind in ("step", "gradients"):
        positions = [position for position, record in enumerate(records) if record["kind"] == kind]
        stride = max(1, -(-len(positions) // most))
        chosen |= set(positions[::-1][::stride])
    frequent = {"step", "gradients"}
    return [
        _rounded(record) if record["kind"] in frequent else record
        for position, record in enumerate(records)
        if position in chosen or record["kind"] not in frequent
    ]


def _export_run(run: RunFolder, home: Path) -> None:
    copy = RunFolder.create(home, without_paths(run.config()), run.name, run.origin())
    data = run.data()
    if data is not None:
        copy.write_data(str(data["key"]), int(data["pictures"]), run.data_notice(), own_split=run.own_split())
    copy.append(thinned(run.read()[0]))
    compute = run.compute()
    if compute is not None:
        copy.write_compute(compute)
    copy.write_status(dataclasses.replace(run.stored_status(), message="", pid=0, pid_started=0.0, host=""))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
