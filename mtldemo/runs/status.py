"""Where a run stands: what its process last wrote, and what follows when that process is gone."""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mtldemo.errors import MtlDemoError
from mtldemo.runs.process import ProcessId

WORKING = ("preparing", "training", "testing")
LIVE = ("queued", *WORKING)
STATES = (*LIVE, "finished", "stopped", "failed", "crashed")
SILENCE = 30.0
"""Seconds without a heartbeat after which a run of another machine counts as crashed."""
CRASHED = "Its process ended without a word; the end of its log may say why. Resume goes on from the last checkpoint."


class Phase(NamedTuple):
    """How far a long piece of work is: ``done`` of ``total`` (0 where that isn't known)."""

    what: str
    done: int
    total: int


@dataclass(frozen=True)
class Status:
    """One moment of a run. Times are epoch seconds, ``eta_s`` seconds left, ``epoch`` the one being trained from 1."""

    state: str = "queued"
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    epochs: int = 0
    eta_s: float | None = None
    images_per_second: float | None = None
    progress: Phase | None = None
    message: str = ""
    pid: int = 0
    pid_started: float = 0.0
    host: str = ""
    created: float = 0.0
    updated: float = 0.0

    @property
    def live(self) -> bool:
        """Whether the run is waiting or at work."""
        return self.state in LIVE

    @property
    def process(self) -> ProcessId:
        """The process that wrote it."""
        return ProcessId(self.pid, self.pid_started, self.host)

    def to_json(self) -> dict[str, Any]:
        """Plain values, the phase by name."""
        values = dataclasses.asdict(self)
        values["progress"] = self.progress._asdict() if self.progress else None
        return values

    @classmethod
    def from_json(cls, values: Any) -> "Status":
        """Read what ``to_json`` wrote; names that a newer version added are left out. Raises ``MtlDemoError``."""
        if not isinstance(values, Mapping):
            raise MtlDemoError("status.json is damaged: it doesn't hold a run's status.")
        try:
            known = {field.name: values[field.name] for field in dataclasses.fields(cls) if field.name in values}
            if known.get("progress"):
                known["progress"] = Phase(**known["progress"])
            status = cls(**known)
        except (TypeError, KeyError) as error:
            raise MtlDemoError("status.json is damaged: it doesn't hold a run's status.") from error
        if status.state not in STATES:
            raise MtlDemoError(f"status.json is damaged: there is no state {status.state!r}.")
        return status


def judged(status: Status, launched: ProcessId | None, now: float | None = None) -> Status:
    """``status`` as it is now: ``crashed`` where it claims a process that is gone.

    ``launched`` is the process that a launcher started for a queued run; a queued run without one is waiting.
    A run of another machine is judged by its heartbeat alone.
    """
    owner = launched if status.state == "queued" else status.process
    if not status.live or owner is None:
        return status
    silence = (time.time() if now is None else now) - status.updated
    gone = not owner.alive() if owner.here else silence > SILENCE
    if not gone:
        return status
    return dataclasses.replace(status, state="crashed", message=CRASHED, eta_s=None, progress=None)
