"""A run is a folder of plain files that a person can read; every write is atomic or appends.

config.json        what the run is, written once
metrics.jsonl      one record a line
status.json        where it stands, rewritten every moment
log.txt            what its process said
origin.json        the study, arm and seed that a study made it for
data.json          the key of the data set's content, and what was left out or changed in reading it
compute.json       how the arithmetic is done, measured at the first start
notes.json         a person's note and tags
checkpoint.pt      where to go on after a stop or a crash
model.safetensors  the best epoch's weights, with the config
prediction.json    how the model is to be used, once it is calibrated
lock               the process that works on it
launched.json      the process that a launcher started for it
stop               present while the run is asked to stop
"""

import contextlib
import functools
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from mtldemo.config import RunConfig, from_dict, to_dict
from mtldemo.errors import MtlDemoError, readable
from mtldemo.files import ChangedError, disk_errors, json_bytes, moved, read_json, renamed, write_json
from mtldemo.processes import ProcessId
from mtldemo.runs import metrics, notes, origin
from mtldemo.runs.lock import locked
from mtldemo.runs.metrics_scan import Scan, scan
from mtldemo.runs.names import checked_name, generated_name
from mtldemo.runs.status import SILENCE, WORKING, Status, judged
from mtldemo.runs.summary import Summary
from mtldemo.runs.work_folder import WorkFolder

LONGEST_NOTICE = 2000


class RunFolder(WorkFolder):
    """One run's folder. Making the object touches no file; whatever goes wrong later is a ``MtlDemoError``."""

    KIND = "run"

    @classmethod
    def create(
        cls, runs_dir: Path, config: RunConfig, name: str | None = None, made_for: origin.Origin | None = None
    ) -> "RunFolder":
        """A new queued run; without a name it is given one that is unique even when two start at once. ``made_for``
        says which study, arm and seed it is.

        The folder appears whole or not at all. Raises ``MtlDemoError`` where the name is taken or can't be one, or the
        disk refuses.
        """
        runs_dir = Path(runs_dir).absolute()
        wanted = generated_name(config) if name is None else checked_name(name)
        draft = runs_dir / f".new-{secrets.token_hex(4)}"
        with disk_errors(runs_dir):
            draft.mkdir(parents=True)
        try:
            now = time.time()
            write_json(draft / "config.json", to_dict(config))
            if made_for is not None:
                origin.write(draft, made_for)
            write_json(draft / "status.json", Status(epochs=config.epochs, created=now, updated=now).to_json())
            if name is None:
                return cls(renamed(draft, runs_dir, wanted))
            if moved(draft, runs_dir / wanted):
                return cls(runs_dir / wanted)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        raise MtlDemoError(f"There is already a run called {wanted!r} in {runs_dir}; choose another name.")

    @classmethod
    def open(cls, runs_dir: Path, name: str) -> "RunFolder":
        """The run called ``name``; raises ``MtlDemoError`` where there is none."""
        run = cls(Path(runs_dir).absolute() / checked_name(name))
        if not run.path.is_dir():
            raise MtlDemoError(f"There is no run {name!r} in {Path(runs_dir).absolute()}.")
        return run

    @property
    def runs_dir(self) -> Path:
        """The folder of runs that it is in."""
        return self.path.parent

    @property
    def checkpoint_file(self) -> Path:
        """Where training goes on from."""
        return self.path / "checkpoint.pt"

    @property
    def model_file(self) -> Path:
        """The best epoch's weights."""
        return self.path / "model.safetensors"

    @property
    def metrics_file(self) -> Path:
        """The records."""
        return self.path / "metrics.jsonl"

    @property
    def problem(self) -> str:
        """Why this folder can't be read as a run, in words; empty where it can."""
        if not (self.path / "config.json").exists():
            return "This folder has no config.json, so it isn't a run."
        try:
            self.config()
            self.stored_status()
        except MtlDemoError as error:
            return str(error)
        return ""

    def config(self) -> RunConfig:
        """What the run is. Raises ``MtlDemoError`` where it can't be read."""
        file = self.path / "config.json"
        with disk_errors(file):
            state = file.stat()
        return _config(file, state.st_mtime_ns, state.st_size)

    def origin(self) -> origin.Origin | None:
        """The study, arm and seed that it was made for; ``None`` where it doesn't say so. Raises ``MtlDemoError``."""
        return origin.read(self.path)

    def stored_status(self) -> Status:
        """The status as its process last wrote it, or as it was changed since, which harms nothing: it is written anew
        by whoever works on the run. Raises ``MtlDemoError`` where it can't be read."""
        try:
            return Status.from_json(read_json(self.path / "status.json"))
        except ChangedError as error:
            return Status.from_json(error.values)

    def status(self) -> Status:
        """The status as it is now: ``crashed`` where its process is gone, ``failed`` where it can't be read."""
        try:
            return judged(self.stored_status(), self.launched())
        except MtlDemoError as error:
            return Status(state="failed", message=str(error))

    def write_status(self, status: Status) -> None:
        """Replace the status."""
        write_json(self.path / "status.json", status.to_json())

    def overwrite_status(self, status: Status) -> None:
        """Write the status over the old one in its place: the one write that isn't atomic, for a disk without room for
        a second file. Does nothing where even that fails; the run then counts as crashed."""
        data = json_bytes(status.to_json())
        with contextlib.suppress(OSError), (self.path / "status.json").open("r+b") as file:
            file.write(data)
            file.truncate()

    def busy(self) -> bool:
        """Whether a process works on the run, or was just started to; a run that waits isn't busy."""
        status = self.status()
        return status.state in WORKING or (status.state == "queued" and self.launched() is not None)

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run for this process; raises ``MtlDemoError`` where another living one works on it."""
        refusal = f"Another process is training {self.name!r} right now; stop it first, or watch it."
        status = self.status()
        if status.state in WORKING and status.process != ProcessId.current():
            raise MtlDemoError(refusal)
        return locked(self.path / "lock", refusal, time.time() - status.updated < SILENCE)

    def write_data(self, key: str, pictures: int, notice: str = "", *, own_split: bool = False) -> None:
        """Keep on what the run learns: the ``key`` of the data set's content, how many ``pictures`` it has, in a
        ``notice`` what was left out, counted once or changed in reading them, and whether they brought their split."""
        more = {"notice": notice, "own_split": own_split}
        values = {name: value for name, value in more.items() if value}
        write_json(self.path / "data.json", {"key": key, "pictures": pictures, **values})

    def data(self) -> dict[str, Any] | None:
        """What ``write_data`` kept; ``None`` for a run of an earlier version. Raises ``MtlDemoError``."""
        file = self.path / "data.json"
        values = read_json(file) if file.exists() else None
        if values is not None:
            data_key(values, file)
        return values

    def data_notice(self) -> str:
        """The notice on the data that ``write_data`` kept, as far as it can be read."""
        with contextlib.suppress(MtlDemoError):
            return notice_of(self.data())
        return ""

    def own_split(self) -> bool:
        """Whether the data set brought the split, as far as that can be read."""
        with contextlib.suppress(MtlDemoError):
            return own_split_of(self.data())
        return False

    def append(self, records: Iterable[metrics.PlainRecord]) -> None:
        """Add records to the metrics file."""
        metrics.append(self.metrics_file, records)

    def read(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """The records from a byte offset on, and the offset to go on from. ``follow`` says more."""
        reading = self.follow(offset)
        return reading.records, reading.next_offset

    def follow(self, offset: int = 0) -> metrics.Reading:
        """The records from a byte offset on, whether the file was cut back since, and how many lines were damaged."""
        return metrics.follow(self.metrics_file, offset)

    def metrics_size(self) -> int:
        """Bytes of the metrics file."""
        return self.metrics_file.stat().st_size if self.metrics_file.exists() else 0

    def metrics_extent(self, known: metrics.Extent = metrics.NOTHING, size: int | None = None) -> metrics.Extent:
        """The metrics file, or its first ``size`` bytes, with their checksum; read on from ``known``."""
        return metrics.extent(self.metrics_file, known, size)

    def cut_back(self, size: int, crc: int | None) -> metrics.Extent:
        """Cut the metrics file back to where it was at a checkpoint; see ``metrics.cut_back``."""
        return metrics.cut_back(self.metrics_file, size, crc)

    def settle(self) -> None:
        """Bring the records to the disk."""
        metrics.settle(self.metrics_file)

    def truncate(self, offset: int) -> None:
        """Cut the metrics file back to ``offset`` bytes."""
        metrics.truncate(self.metrics_file, offset)

    def remarks(self, damaged: int = 0) -> list[str]:
        """A sentence for each thing that doesn't keep the run from being shown, and yet isn't as it was written:
        ``damaged`` lines of metrics among them."""
        lines = [metrics.damaged_lines_sentence(self.metrics_file, damaged)] if damaged else []
        for name in ("status.json", notes.FILE, origin.FILE, "data.json", "compute.json"):
            file = self.path / name
            try:
                if file.exists():
                    read_json(file)
            except MtlDemoError as error:
                lines.append(str(error))
        return lines

    def summary(self) -> Summary:
        """The run at a glance. Raises ``MtlDemoError`` where its metrics file can't be read."""
        return Summary(self.status(), scan(self.metrics_file) if self.metrics_file.exists() else Scan())

    def sweep(self) -> None:
        """Remove what a killed process left half written."""
        for pattern in (".*.tmp", ".*.part"):
            for path in self.path.glob(pattern):
                with disk_errors(path):
                    path.unlink(missing_ok=True)


def data_key(values: Any, file: Path) -> str:
    """The key in the ``values`` of ``data.json``. Raises ``MtlDemoError`` where there is none."""
    key = values.get("key") if isinstance(values, dict) else None
    if not isinstance(key, str) or not isinstance(values.get("pictures"), int):
        raise MtlDemoError(f"{file} is damaged: it doesn't hold the key of a data set; delete it to go without.")
    return key


def notice_of(values: Any) -> str:
    """The notice in the ``values`` of ``data.json``, in one line of at most ``LONGEST_NOTICE`` characters; empty where
    there is none."""
    notice = values.get("notice") if isinstance(values, dict) else None
    return " ".join(readable(notice).split())[:LONGEST_NOTICE] if isinstance(notice, str) else ""


def own_split_of(values: Any) -> bool:
    """Whether the ``values`` of ``data.json`` say that the data set brought the split."""
    return isinstance(values, dict) and values.get("own_split") is True


@functools.lru_cache(maxsize=512)
def _config(file: Path, changed: int, size: int) -> RunConfig:
    """Read once for each content of the file: pages ask for it at every rerun."""
    return from_dict(RunConfig, read_json(file, names=True), str(file))
