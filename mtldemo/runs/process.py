"""Which process works on a run, and whether it still lives."""

import os
import platform
from dataclasses import dataclass
from typing import Any

import psutil

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
            return cls(int(values["pid"]), float(values["started"]), str(values["host"]))
        except (TypeError, KeyError, ValueError):
            return None

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
