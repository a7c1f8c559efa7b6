"""Bring runs and studies from elsewhere into the folder of runs: a folder, or a .zip, of one or of several.

Only the known files of a run are copied, links and other files never; each is checked on the way. Nothing of what was
there before is changed: a name that is taken gets a number. Either all that can be taken is in its place, or nothing.
"""

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mtldemo.errors import MtlDemoError
from mtldemo.files import MB, disk_errors, renamed
from mtldemo.progress import Progress, no_progress
from mtldemo.runs import STUDY_FILE, RunFolder, checked_name, origin
from mtldemo.study import checked_copy, import_source
from mtldemo.study.config import origin_of, run_name, study_from_dict
from mtldemo.study.folder import StudyFolder
from mtldemo.study.import_source import ImportSource, Location
from mtldemo.study.status import StudyStatus

LONGEST_NAME = 70
"""Characters of an imported name, so that a number can follow."""


@dataclass(frozen=True)
class Imported:
    """What came in: ``runs`` that stand alone, ``studies``, and ``remarks``, a sentence each, on what was changed, left
    out or refused."""

    runs: tuple[RunFolder, ...]
    studies: tuple[StudyFolder, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Item:
    """A run's location, or a study's and those of its runs."""

    location: Location
    runs: tuple[Location, ...] = ()
    study: bool = False


def import_runs(
    source: Path | BinaryIO, runs_dir: Path, *, name: str = "", progress: Progress = no_progress
) -> Imported:
    """Copy the runs and studies in ``source`` into ``runs_dir``.

    ``source`` is the folder of a run or study, a folder of such folders, or a .zip of them, also as an open file called
    ``name``. Raises ``MtlDemoError``, in one sentence, where there is nothing that can be taken, and where the disk
    refuses.
    """
    runs_dir = Path(runs_dir).absolute()
    with import_source.opened_source(source, name) as given:
        items = list(_items(given))
        if not items:
            raise MtlDemoError(_nothing(given))
        _check_room(given, items, runs_dir)
        remarks: list[str] = []
        with _workplace(runs_dir) as work:
            drafts = _drafted(given, items, work, remarks, progress)
            if not drafts:
                raise MtlDemoError(f"Nothing was imported. {remarks[0]}")
            return _placed(drafts, runs_dir, remarks)


def _items(given: ImportSource) -> Iterator[_Item]:
    """What there is: studies with their runs, then runs that stand alone; what lies inside of a run is no run."""
    locations = sorted({location[:-1] for location in given.sizes}, key=lambda location: (len(location), location))
    studies = [location for location in locations if (*location, STUDY_FILE) in given.sizes]
    runs = [
        location
        for location in locations
        if (*location, checked_copy.CONFIG) in given.sizes and location not in studies
    ]
    for study in studies:
        yield _Item(study, tuple(location for location in runs if location[:-1] == study and location), study=True)
    for location in runs:
        above = [location[:length] for length in range(len(location))]
        if not any(outer in runs or outer in studies for outer in above):
            yield _Item(location)


def _drafted(
    given: ImportSource, items: list[_Item], work: Path, remarks: list[str], progress: Progress
) -> list[tuple[_Item, Path, str]]:
    """Each item that can be taken, the folder that it was copied to, and the name that it should have."""
    drafts = []
    total = sum(len(item.runs) if item.study else 1 for item in items)
    done = 0
    for number, item in enumerate(items):
        name = item.location[-1] if item.location else given.name
        draft = work / str(number)
        try:
            if item.study:
                _copy_study(given, item, draft, name, remarks)
            else:
                remarks += _copied(given, item.location, draft, name)
            drafts.append((item, draft, tidied(name)))
        except checked_copy.RefusedError as refusal:
            shutil.rmtree(draft, ignore_errors=True)
            remarks.append(f"{name}: {refusal}")
        done += len(item.runs) if item.study else 1
        progress("Importing runs", done, total)
    return drafts


def _copied(given: ImportSource, location: Location, draft: Path, name: str) -> list[str]:
    with disk_errors(draft):
        draft.mkdir()
    return [f"{name}: {remark}" for remark in checked_copy.copy_run(given, location, draft)]


def _copy_study(given: ImportSource, item: _Item, draft: Path, name: str, remarks: list[str]) -> None:
    values = checked_copy.checked_json(given, (*item.location, STUDY_FILE))
    try:
        config = study_from_dict(values, STUDY_FILE)
    except MtlDemoError as error:
        raise checked_copy.RefusedError(str(error)) from error
    with disk_errors(draft):
        draft.mkdir()
    study = StudyFolder(draft)
    study.write_config(config)
    known = {run_name(arm, seed): origin_of(config, arm, seed) for arm in config.arms for seed in config.seeds}
    for location in item.runs:
        run, label = draft / location[-1], f"{name}/{location[-1]}"
        if location[-1] not in known:
            remarks.append(f"{label}: It is no run of this study and was left out.")
            continue
        try:
            remarks += _copied(given, location, run, label)
            if RunFolder(run).origin() not in (None, known[location[-1]]):
                origin.write(run, known[location[-1]])
                remarks.append(f"{label}: {origin.FILE} named another study, arm or seed and was made anew.")
        except checked_copy.RefusedError as refusal:
            shutil.rmtree(run, ignore_errors=True)
            remarks.append(f"{label}: {refusal}")
    states = [run.status().state for run in study.runs()]
    finished, failed, total = states.count("finished"), states.count("failed"), len(known)
    left, now = total - finished - failed, time.time()
    state = "finished" if finished == total else "stopped"
    study.write_status(
        StudyStatus(state, total, finished, failed, left, workers=config.workers, created=now, updated=now)
    )


def _placed(drafts: list[tuple[_Item, Path, str]], runs_dir: Path, remarks: list[str]) -> Imported:
    runs, studies = [], []
    for item, draft, name in drafts:
        path = renamed(draft, runs_dir, name)
        if path.name != name:
            remarks.append(f"{name} is called {path.name} now, since there was one of that name.")
        if item.study:
            studies.append(StudyFolder(path))
        else:
            runs.append(RunFolder(path))
    return Imported(tuple(runs), tuple(studies), tuple(remarks))


def tidied(name: str) -> str:
    """``name`` as a run may be called: what no system could have is replaced."""
    plain = re.sub(r"[^\w .,+=()@-]+", "_", name).strip(" .-")[:LONGEST_NAME].rstrip(" .")
    try:
        return checked_name(plain)
    except MtlDemoError:  # empty, or a device's name
        return checked_name(f"imported-{plain}".rstrip("-"))


def _check_room(given: ImportSource, items: list[_Item], runs_dir: Path) -> None:
    locations = {location for item in items for location in (item.runs if item.study else (item.location,))}
    needed = sum(
        size
        for location, size in given.sizes.items()
        if location[:-1] in locations and location[-1] in checked_copy.KNOWN
    )
    home = next((folder for folder in (runs_dir, *runs_dir.parents) if folder.exists()), runs_dir)
    with disk_errors(runs_dir):
        free = shutil.disk_usage(home).free
    if needed > free:
        raise MtlDemoError(f"{given.label} needs {needed / MB:,.0f} MB; {runs_dir} has room for {free / MB:,.0f} MB.")


@contextmanager
def _workplace(runs_dir: Path) -> Iterator[Path]:
    work = runs_dir / f".new-{secrets.token_hex(4)}"
    with disk_errors(runs_dir):
        work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _nothing(given: ImportSource) -> str:
    if any(location[-1] == "metrics.jsonl" for location in given.sizes):
        return f"{given.label} holds metrics of a run but no config.json, without which a run can't be shown."
    return f"{given.label} holds no run; a run's folder has a config.json, a study's a study.json."
