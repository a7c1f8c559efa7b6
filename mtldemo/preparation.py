"""Prepare a data set in a process of its own, so that a page can show how far it is and stop it.

What the two sides share is one small file a data config, below the cache folder: whoever asks for the same data set
sees the same preparation, after a refresh or from another browser, too.
"""

import contextlib
import hashlib
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from mtldemo.config import DataConfig, from_dict, to_dict
from mtldemo.errors import MtlDemoError, readable
from mtldemo.files import disk_errors, write_atomic
from mtldemo.json_text import loads
from mtldemo.processes import ProcessId, start_apart

WRITES_A_SECOND = 4
SILENCE = 60.0
"""Seconds after which a preparation that no process is known of counts as failed."""


@dataclass(frozen=True)
class Preparation:
    """How far a preparation is. ``state`` is ``none``, ``working``, ``done``, ``failed`` (``message`` says why) or
    ``stopped``. ``what`` names the step at hand, ``done`` of ``total`` pictures of it; times are epoch seconds."""

    state: str = "none"
    what: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    step_started: float = 0.0
    updated: float = 0.0

    @property
    def share(self) -> float:
        """The share that is done, 0 to 1; 0 where the total isn't known yet."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def eta_s(self) -> float | None:
        """Seconds left in the step at hand, going by its pace so far; None before that can be told."""
        if not self.total or self.done < max(1, self.total // 50):
            return None
        return (self.updated - self.step_started) / self.done * (self.total - self.done)


class PreparationJob:
    """The preparation of one data config; ``cache`` is the cache folder. Making the object touches no file."""

    def __init__(self, config: DataConfig, cache: Path) -> None:
        self.config = config
        text = json.dumps(to_dict(config), sort_keys=True)
        self.file = cache / "jobs" / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
        # Who was started; apart, so that what the process writes itself is never overwritten.
        self._launched = self.file.with_suffix(".launched")

    def look(self) -> Preparation:
        """How far it is now; ``failed`` where its process ended without a word."""
        values = _values(self.file)
        # On a busy machine it takes a while to its first word.
        process = ProcessId.from_json(values.pop("process", None) or _values(self._launched))
        known = {name: value for name, value in values.items() if name in Preparation.__dataclass_fields__}
        seen = Preparation(**known)
        silent = process is None and time.time() - seen.updated > SILENCE
        if seen.state == "working" and (silent or (process is not None and process.here and not process.alive())):
            return Preparation("failed", message="The preparation ended without a word; start it again.")
        return seen

    def start(self) -> None:
        """Start its process, unless one works on it already. Raises ``MtlDemoError`` where the disk refuses."""
        if self.look().state == "working":
            return
        log = _log(self.file)
        with disk_errors(log):
            for old in (log, self._launched):
                old.unlink(missing_ok=True)
        # Before the process is there, so that what it writes itself is never overwritten.
        _write(self.file, Preparation("working", "starting", updated=time.time()), None)
        process = start_apart(["-m", "mtldemo.preparation", json.dumps(to_dict(self.config)), str(self.file)], log)
        write_atomic(self._launched, json.dumps(vars(ProcessId.of(process.pid))).encode())

    def stop(self) -> None:
        """End its process and those that it started; what was half prepared is not taken for a data set."""
        process = ProcessId.from_json(_values(self.file).get("process") or _values(self._launched))
        if process is not None and process.alive():
            with contextlib.suppress(psutil.Error):
                parent = psutil.Process(process.pid)
                family = [*parent.children(recursive=True), parent]
                for member in family:
                    with contextlib.suppress(psutil.Error):
                        member.kill()
                psutil.wait_procs(family, timeout=5)
        _write(self.file, Preparation("stopped", updated=time.time()), None)


def forget_done(cache: Path) -> None:
    """Forget which preparations are done, since their sets may be gone; the Data page then offers to prepare."""
    for file in (cache / "jobs").glob("*.json"):
        if _values(file).get("state") == "done":
            file.unlink(missing_ok=True)


def _log(file: Path) -> Path:
    """Where the process of a job prints to."""
    return file.with_suffix(".txt")


def _values(file: Path) -> dict[str, Any]:
    try:
        values = loads(file.read_bytes(), names=True)
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _write(file: Path, seen: Preparation, process: ProcessId | None) -> None:
    values: dict[str, Any] = dict(vars(seen))
    if process is not None:
        values["process"] = vars(process)
    with disk_errors(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, json.dumps(values).encode())


def work(config: DataConfig, file: Path) -> Preparation:
    """Prepare ``config``'s data set in this process and keep ``file`` told; returns how it ended."""
    from mtldemo import data

    process, begun = ProcessId.current(), {}
    if PreparationJob(config, file.parent.parent).look().state == "stopped":  # before it got this far
        return Preparation("stopped")
    seen = Preparation("working", "starting", updated=time.time())
    _write(file, seen, process)

    def tell(what: str, done: int, total: int) -> None:
        nonlocal seen
        now = time.time()
        started = begun.setdefault(what, now)
        if what == seen.what and done < total and now - seen.updated < 1 / WRITES_A_SECOND:
            return
        seen = Preparation("working", what, done, total, step_started=started, updated=now)
        _write(file, seen, process)

    try:
        data.load(config, progress=tell)
        seen = Preparation("done", updated=time.time())
    except MtlDemoError as error:
        seen = Preparation("failed", message=str(error), updated=time.time())
    except Exception as error:
        seen = Preparation(
            "failed",
            message=readable(
                f"Something unexpected went wrong ({type(error).__name__}: {error}); {_log(file)} has more."
            ),
            updated=time.time(),
        )
        _write(file, seen, process)
        raise
    _write(file, seen, process)
    return seen


if __name__ == "__main__":
    ended = work(from_dict(DataConfig, json.loads(sys.argv[1])), Path(sys.argv[2]))
    sys.exit(0 if ended.state == "done" else 2)
