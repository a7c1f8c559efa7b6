"""Processes of their own: how one is started, which one works on a run, and whether it still lives."""

import contextlib
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from mtldemo.files import disk_errors

Process = subprocess.Popen[bytes]
PACKAGE_HOME = Path(__file__).resolve().parents[1]
NICENESS = 10
"""Pages stay quick while a polite process has all cores."""
LARGEST_PID = 2**31 - 1
SAME_START = 2.0  # seconds; the start time is rounded by the system, and a reused pid starts much later


@dataclass(frozen=True)
class ProcessId:
    """A process of one machine: its pid alone could be another's by now, so its start time (epoch seconds) is kept."""

    pid: int
    started: float
    host: str

    @classmethod
    def current(cls) -> "ProcessId":
        """This very process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """The process ``pid`` of this machine; start time 0 where it is already gone."""
        try:
            started = psutil.Process(pid).create_time()
        except psutil.Error:
            started = 0.0
        return cls(pid, started, this_host())

    @classmethod
    def from_json(cls, values: Any) -> "ProcessId | None":
        """What ``dataclasses.asdict`` wrote, or ``None`` where it says something else."""
        try:
            process = cls(int(values["pid"]), float(values["started"]), str(values["host"]))
        except (TypeError, KeyError, ValueError, OverflowError):
            return None
        return process if 0 <= process.pid <= LARGEST_PID else None

    @property
    def here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.host == this_host()

    def alive(self) -> bool:
        """Whether the process runs on this machine; a zombie, or another process with its pid, doesn't count."""
        if not self.here or self.pid <= 0:
            return False
        try:
            process = psutil.Process(self.pid)
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return False
            return abs(process.create_time() - self.started) < SAME_START
        except psutil.AccessDenied:  # another user's: it exists
            return True
        except psutil.Error:
            return False


def this_host() -> str:
    """The machine's name."""
    return platform.node()


def start_apart(arguments: Sequence[str], log_file: Path, *, polite: bool = True, piped: bool = False) -> Process:
    """Start this Python with ``arguments`` in a session of its own; what it says is added to ``log_file``.

    ``piped`` gives it a standard input to write to; it reads the end of it when this process is gone. ``polite`` lowers
    its priority. Raises ``MtlDemoError`` where the disk refuses.
    """
    paths = [str(PACKAGE_HOME), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
    with disk_errors(log_file), log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            # A session or group of its own: Ctrl-C in the server's terminal doesn't reach it.
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    # Waiting in the background leaves no zombie behind while the server lives.
    threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()
    if polite:
        with contextlib.suppress(psutil.Error):
            child = psutil.Process(process.pid)
            # Never less polite than this process is.
            child.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else max(NICENESS, child.nice()))
    return process
