"""Runs for other tools: event files for TensorBoard, and tables as Weights & Biases exports them.

tensorboard   a folder a run with one event file: every number by step, the settings as text and as hyper-parameters
csv           history.csv   a row a step; columns ``Step`` and ``run - train/age/loss`` ...
              epochs.csv    the same, of what is measured once an epoch or less
              summary.csv   a row a run: name, state, note, tags, settings, last value of each number

``scalars.numbers_of`` says which numbers there are. Wall time is the time of the run's start and the seconds of
training since, so pauses are left out.
"""

import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from mtldemo.errors import MtlDemoError
from mtldemo.files import disk_errors
from mtldemo.progress import Progress, no_progress
from mtldemo.runs import RunFolder, notes
from mtldemo.spreadsheet import csv_file
from mtldemo.study import scalars

SAME_FILE_TIME = (2000, 1, 1, 0, 0, 0)
"""Of the files in a .zip, so that the same runs give the same bytes."""


def tensorboard(runs: Iterable[RunFolder], folder: Path, progress: Progress = no_progress) -> list[Path]:
    """Write an event file for each run below ``folder``, each in a folder named after it, and return the files.

    Raises ``MtlDemoError`` where a run can't be read, tensorboardX isn't installed, or the disk refuses.
    """
    from mtldemo.study.event_file import write_events

    runs = _readable(runs)
    files = []
    for number, (title, run) in enumerate(zip(scalars.titles(runs), runs, strict=True), 1):
        home = folder / title
        with disk_errors(home):
            home.mkdir(parents=True, exist_ok=True)
            files.append(write_events(run, title, home))
        progress("Writing event files", number, len(runs))
    return files


def csv(runs: Iterable[RunFolder], folder: Path, progress: Progress = no_progress) -> list[Path]:
    """Write the three tables into ``folder`` and return their files.

    Raises ``MtlDemoError`` where a run can't be read or the disk refuses.
    """
    recorded = _read(runs, progress)
    tables = {
        "history.csv": _history(recorded),
        "epochs.csv": _history(recorded, scalars.EPOCHS),
        "summary.csv": _summary(recorded),
    }
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            (folder / name).write_bytes(csv_file(table))
    return [folder / name for name in tables]


FORMATS: dict[str, Callable[..., list[Path]]] = {"tensorboard": tensorboard, "csv": csv}


def zipped(runs: Iterable[RunFolder], kind: str, progress: Progress = no_progress) -> bytes:
    """What ``FORMATS[kind]`` writes, as the bytes of a .zip to download. The same runs give the same bytes.

    Raises ``MtlDemoError`` as ``tensorboard`` and ``csv`` do.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder, data = Path(temporary), io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in FORMATS[kind](runs, folder, progress):
                name = zipfile.ZipInfo(file.relative_to(folder).as_posix(), SAME_FILE_TIME)
                archive.writestr(name, file.read_bytes(), zipfile.ZIP_DEFLATED)
        return data.getvalue()


def history_table(runs: Iterable[RunFolder], *, epochs_only: bool = False) -> pd.DataFrame:
    """The runs' numbers side by side: ``Step``, then for each run ``run - epoch``, ``run - time`` (seconds of training)
    and its numbers. A row a step at which any run has some; empty cells where a run has none. ``epochs_only`` leaves
    out what is measured more often than once an epoch.
    """
    return _history(_read(runs), scalars.EPOCHS if epochs_only else ())


def summary_table(runs: Iterable[RunFolder]) -> pd.DataFrame:
    """A row a run: ``Name``, ``State`` (also ``diverged``), ``Created`` (UTC), ``Runtime`` (seconds of training),
    ``Notes``, ``Tags``, ``Step``, every setting by its dotted path, and the last value of every number by name."""
    return _summary(_read(runs))


class _Run(NamedTuple):
    title: str
    run: RunFolder
    rows: list[scalars.Row]


def _read(runs: Iterable[RunFolder], progress: Progress = no_progress) -> list[_Run]:
    runs = _readable(runs)
    recorded = []
    for number, (title, run) in enumerate(zip(scalars.titles(runs), runs, strict=True), 1):
        recorded.append(_Run(title, run, list(scalars.number_rows(run))))
        progress("Reading runs", number, len(runs))
    return recorded


def _history(runs: list[_Run], kinds: tuple[str, ...] = ()) -> pd.DataFrame:
    tables = []
    for title, _, rows in runs:
        steps: dict[int, dict[str, float]] = {}
        for row in rows:
            if not kinds or row.kind in kinds:
                steps.setdefault(row.step, {}).update({"epoch": row.epoch, "time": row.time, **row.numbers})
        tables.append(pd.DataFrame(list(steps.values()), index=list(steps)).add_prefix(f"{title} - "))
    return pd.concat(tables, axis=1).sort_index().rename_axis("Step").reset_index()


def _summary(runs: list[_Run]) -> pd.DataFrame:
    return pd.DataFrame([_row(*run) for run in runs])


def _row(title: str, run: RunFolder, rows: list[scalars.Row]) -> dict[str, Any]:
    status = run.status()
    last = {name: value for row in rows for name, value in row.numbers.items()}
    try:
        note = notes.read(run.path)
    except MtlDemoError:  # a damaged note is no reason to keep the figures back
        note = notes.Notes()
    return {
        "Name": title,
        "State": "diverged" if status.diverged else status.state,
        "Created": pd.Timestamp(status.created, unit="s").floor("s").isoformat() if status.created else "",
        "Runtime": rows[-1].time if rows else 0.0,
        "Notes": note.text,
        "Tags": ",".join(note.tags),
        "Step": rows[-1].step if rows else 0,
        **scalars.settings(run.config(), own_split=run.own_split()),
        **last,
    }


def _readable(runs: Iterable[RunFolder]) -> Sequence[RunFolder]:
    """The runs as a list; raises ``MtlDemoError`` for the first that can't be read, or where there is none."""
    runs = list(runs)
    if not runs:
        raise MtlDemoError("There is nothing to export; name at least one run.")
    for run in runs:
        if run.problem:
            raise MtlDemoError(f"{run.name!r} can't be exported. {run.problem}")
    return runs
