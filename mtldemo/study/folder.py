"""A study is a folder of runs: ordinary run folders, and a few files of its own.

study.json         what the study is
study-status.json  where it stands, rewritten every moment by its queue
compute.json       how the arithmetic of all its runs is done, measured once
notes.json         a person's note and tags
log.txt            what its queue and workers said
lock               the queue that works on it
launched.json      the queue that a launcher started for it
stop               present while it is asked to stop
"""

import contextlib
import dataclasses
import secrets
import shutil
import time
import traceback
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from mtldemo import runs
from mtldemo.errors import MtlDemoError
from mtldemo.files import disk_errors, moved, read_json, write_json
from mtldemo.runs import STUDY_FILE, RunFolder, WorkFolder, checked_name, locked
from mtldemo.runs.status import SILENCE, judged
from mtldemo.study.config import (
    Arm,
    StudyConfig,
    checked_study,
    merged,
    origin_of,
    run_config,
    run_name,
    study_from_dict,
    study_to_dict,
)
from mtldemo.study.status import StudyStatus, Underway

SHIPPED = Path(__file__).parent / "shipped"
"""Studies that come with the project: their metrics alone, never written to."""


class StudyFolder(WorkFolder):
    """One study's folder. Making the object touches no file; whatever goes wrong later is a ``MtlDemoError``."""

    KIND = "study"

    @property
    def readonly(self) -> bool:
        """Whether it came with the project: its runs can be looked at, but it can't be gone on with."""
        return self.path.parent == SHIPPED

    @property
    def file(self) -> Path:
        """What the study is."""
        return self.path / STUDY_FILE

    @property
    def problem(self) -> str:
        """Why this folder can't be read as a study, in words; empty where it can."""
        try:
            self.config()
        except MtlDemoError as error:
            return str(error)
        return ""

    def config(self) -> StudyConfig:
        """What the study is. Raises ``MtlDemoError`` where it can't be read."""
        return study_from_dict(read_json(self.file, names=True), str(self.file))

    def write_config(self, config: StudyConfig) -> None:
        """Replace what the study is."""
        write_json(self.file, study_to_dict(config))

    def run_of(self, arm: Arm, seed: int) -> RunFolder:
        """The folder of one run, whether it is there yet or not."""
        return RunFolder(self.path / run_name(arm, seed))

    def runs(self) -> list[RunFolder]:
        """The runs that are there, in the order of arms and seeds. Raises ``MtlDemoError`` where the study can't be
        read."""
        config = self.config()
        runs = [self.run_of(arm, seed) for arm in config.arms for seed in config.seeds]
        return [run for run in runs if run.path.is_dir()]

    def run_for(self, config: StudyConfig, arm: Arm, seed: int) -> RunFolder:
        """The run of that arm and seed, created where it isn't there yet."""
        run = self.run_of(arm, seed)
        if not run.path.is_dir():
            made_for = origin_of(config, arm, seed)
            run = RunFolder.create(self.path, run_config(config, arm, seed), run.name, made_for)
        return run

    def extend(self, arms: Iterable[Arm] = (), seeds: Iterable[int] = ()) -> StudyConfig:
        """Add what the study doesn't have yet of ``arms`` and ``seeds``; a queue at work takes them up by itself.

        Raises ``MtlDemoError`` for an arm that has the name of another one, and for a study that can't be changed.
        """
        self.writable()
        config = self.config()
        seeds = tuple(dict.fromkeys([*config.seeds, *seeds]))
        longer = checked_study(dataclasses.replace(config, arms=merged(config.arms, arms), seeds=seeds))
        if longer != config:
            self.write_config(longer)
        return longer

    def writable(self) -> None:
        """Raises ``MtlDemoError`` where the study came with the project."""
        if self.readonly:
            raise MtlDemoError(f"The study {self.name!r} comes with the project and can't be changed; start your own.")

    def stored_status(self) -> StudyStatus:
        """The status as its queue last wrote it; a study that was never begun is ``new``."""
        file = self.path / "study-status.json"
        return StudyStatus.from_json(read_json(file)) if file.exists() else StudyStatus()

    def status(self) -> StudyStatus:
        """The status as it is now: ``crashed`` where its queue is gone, ``failed`` where it can't be read."""
        try:
            return judged(self.stored_status(), self.launched())
        except MtlDemoError as error:
            return StudyStatus(state="failed", message=str(error))

    def underway(self) -> Underway | None:
        """What is still to come; None for a study that is done, or came with the project. Raises ``MtlDemoError`` where
        it can't be read."""
        status = self.status()
        if self.readonly or status.finished >= status.total:
            return None
        return Underway(status.finished, status.total, len(self.config().seeds), status.live)

    def busy(self) -> bool:
        """Whether its queue or a process of one of its runs is at work."""
        return self.status().live or any(RunFolder(path).busy() for path in self.path.iterdir() if path.is_dir())

    def rename(self, name: str) -> "StudyFolder":
        """Give it another name. Raises ``MtlDemoError`` as ``runs.rename`` does, and where it came with the project."""
        self.writable()
        return runs.rename(self, name)

    def trash(self) -> str:
        """Move it to the trash with all its runs, and return the token that ``runs.restore`` brings it back by. Raises
        ``MtlDemoError`` as ``runs.trash`` does, and where it came with the project."""
        self.writable()
        return runs.trash(self)

    def write_status(self, status: StudyStatus) -> None:
        """Replace the status."""
        write_json(self.path / "study-status.json", status.to_json())

    def lock(self) -> AbstractContextManager[None]:
        """Hold the study for this queue; raises ``MtlDemoError`` where another living one works on it."""
        refusal = f"Another process is working on the study {self.name!r} right now; stop it first, or watch it."
        return locked(self.path / "lock", refusal, time.time() - self.status().updated < SILENCE)

    def log_fault(self) -> None:
        """Add the trace of the exception at hand to the log."""
        with contextlib.suppress(MtlDemoError, OSError):
            self.log(traceback.format_exc())


def create_study(runs_dir: Path, config: StudyConfig, name: str | None = None) -> StudyFolder:
    """A new study, not begun yet. The folder appears whole or not at all.

    Raises ``MtlDemoError`` where the name is taken or can't be one, the config can't be a study's, or the disk refuses.
    """
    config = checked_study(config)
    config = dataclasses.replace(config, id=config.id or secrets.token_hex(8))
    runs_dir = Path(runs_dir).absolute()
    name = time.strftime("study-%Y%m%d-%H%M%S") if name is None else checked_name(name)
    path, draft = runs_dir / name, runs_dir / f".new-{secrets.token_hex(4)}"
    with disk_errors(runs_dir):
        draft.mkdir(parents=True)
    try:
        study = StudyFolder(draft)
        study.write_config(config)
        total = len(config.arms) * len(config.seeds)
        study.write_status(StudyStatus(total=total, left=total, created=time.time(), updated=time.time()))
        if moved(draft, path):
            return StudyFolder(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    raise MtlDemoError(f"There is already a study or run called {name!r} in {runs_dir}; choose another name.")


def list_studies(runs_dir: Path) -> list[StudyFolder]:
    """The studies below ``runs_dir``, the newest first, then those that come with the project."""
    own = [StudyFolder(path.parent) for path in Path(runs_dir).absolute().glob(f"*/{STUDY_FILE}")]
    own = [study for study in own if not study.name.startswith(".")]
    shipped = sorted((StudyFolder(path.parent) for path in SHIPPED.glob(f"*/{STUDY_FILE}")), key=lambda one: one.name)
    return sorted(own, key=lambda one: one.status().created, reverse=True) + shipped


def open_study(runs_dir: Path, name: str) -> StudyFolder:
    """The study called ``name`` below ``runs_dir``, else among those that come with the project.

    Raises ``MtlDemoError`` where there is none, or it can't be read.
    """
    for home in (Path(runs_dir).absolute(), SHIPPED):
        study = StudyFolder(home / checked_name(name))
        if study.file.exists():
            if study.problem:
                raise MtlDemoError(study.problem)
            return study
    known = ", ".join(study.name for study in list_studies(runs_dir)) or "none yet"
    raise MtlDemoError(f"There is no study {name!r} in {Path(runs_dir).absolute()}; there are: {known}.")
