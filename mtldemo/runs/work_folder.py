"""What every folder has that a process works on: a run's or a study's."""

import dataclasses
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from mtldemo.errors import MtlDemoError, readable
from mtldemo.files import check_file, disk_errors, read_json, write_json
from mtldemo.processes import ProcessId

_KINDS = (("device", str), ("precision", str), ("layout", str), ("threads", int), ("measured", dict))
TAIL_BYTES, LARGEST_LOG = 64_000, 2**40


class WorkFolder(ABC):
    """The process that was started for it, the request to stop, how the arithmetic is done, and the log."""

    KIND: ClassVar[str]
    """What it is called in sentences: run or study."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The folder's name, as it can be shown."""
        return readable(self.path.name)

    @abstractmethod
    def busy(self) -> bool:
        """Whether a process works on it, or was just started to."""

    @property
    def log_file(self) -> Path:
        """What its process said."""
        return self.path / "log.txt"

    def launched(self) -> ProcessId | None:
        """The process that a launcher started, if one did."""
        file = self.path / "launched.json"
        try:
            return ProcessId.from_json(read_json(file)) if file.exists() else None
        except MtlDemoError:
            if file.exists():
                raise
            return None  # forgotten at this very moment

    def write_launched(self, process: ProcessId | None) -> None:
        """Keep which process was started; ``None`` forgets it."""
        file = self.path / "launched.json"
        if process is not None:
            write_json(file, dataclasses.asdict(process))
        else:
            with disk_errors(file):
                file.unlink(missing_ok=True)

    def request_stop(self) -> None:
        """Ask the process to end; a run ends after its current step."""
        with disk_errors(self.path / "stop"):
            (self.path / "stop").touch()

    def stop_requested(self) -> bool:
        """Whether it is asked to stop."""
        return (self.path / "stop").exists()

    def clear_stop(self) -> None:
        """Forget a request to stop."""
        with disk_errors(self.path / "stop"):
            (self.path / "stop").unlink(missing_ok=True)

    def compute(self) -> dict[str, Any] | None:
        """How the arithmetic is done, as measured at the start; ``None`` before that. Raises ``MtlDemoError`` where it
        can't be read."""
        file = self.path / "compute.json"
        values = read_json(file) if file.exists() else None
        if values is None:
            return None
        if not isinstance(values, dict) or any(not isinstance(values.get(name, kind()), kind) for name, kind in _KINDS):
            raise MtlDemoError(f"{file} is damaged: it doesn't say how to compute; delete it to measure again.")
        return values

    def write_compute(self, values: Mapping[str, Any]) -> None:
        """Keep how the arithmetic is done."""
        write_json(self.path / "compute.json", values)

    def log(self, text: str) -> None:
        """Add a line, or several, to the log, each with the time of day."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        lines = "".join(f"{stamp}  {line}\n" for line in text.splitlines())
        with disk_errors(self.log_file), self.log_file.open("a", encoding="utf-8") as file:
            file.write(lines)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the log; empty where there is none."""
        try:
            check_file(self.log_file, LARGEST_LOG)
            with self.log_file.open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
                text = file.read().decode("utf-8", errors="replace")
        except (OSError, MtlDemoError):
            return ""
        return "\n".join(text.splitlines()[-lines:])
