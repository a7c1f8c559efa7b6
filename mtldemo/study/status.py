"""Where a study stands: what its queue last wrote, and what follows when that process is gone."""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtldemo.errors import MtlDemoError
from mtldemo.runs import Phase, ProcessId

WORKING = ("preparing", "running", "stopping")
LIVE = ("queued", *WORKING)
STATES = ("new", *LIVE, "finished", "stopped", "failed", "crashed")
SILENCE = 30.0
"""Seconds without a word after which the queue of another machine counts as crashed."""
CRASHED = "The study's queue ended without a word; the end of its log may say why. Resume goes on with what is left."


@dataclass(frozen=True)
class StudyStatus:
    """One moment of a study. ``total`` runs: ``finished``, ``failed`` (in this go), ``running`` and ``left`` (neither).

    ``running`` has the name of the run that each worker is at, ``eta_s`` the seconds left in all, ``progress`` the step
    at hand before the first run. Times are epoch seconds.
    """

    state: str = "new"
    total: int = 0
    finished: int = 0
    failed: int = 0
    left: int = 0
    running: tuple[str, ...] = ()
    workers: int = 0
    eta_s: float | None = None
    progress: Phase | None = None
    message: str = ""
    pid: int = 0
    pid_started: float = 0.0
    host: str = ""
    created: float = 0.0
    updated: float = 0.0

    @property
    def live(self) -> bool:
        """Whether a queue is at work on it, or was just asked to be."""
        return self.state in LIVE

    @property
    def process(self) -> ProcessId:
        """The queue's process."""
        return ProcessId(self.pid, self.pid_started, self.host)

    def to_json(self) -> dict[str, Any]:
        """Plain values, the phase by name."""
        values = dataclasses.asdict(self)
        values["progress"] = self.progress._asdict() if self.progress else None
        return values

    @classmethod
    def from_json(cls, values: Any) -> "StudyStatus":
        """Read what ``to_json`` wrote. Raises ``MtlDemoError`` where it says something else."""
        damaged = "study-status.json is damaged: it doesn't hold a study's status."
        if not isinstance(values, Mapping):
            raise MtlDemoError(damaged)
        try:
            known = {field.name: values[field.name] for field in dataclasses.fields(cls) if field.name in values}
            known["progress"] = Phase(**known["progress"]) if known.get("progress") else None
            known["running"] = tuple(str(name) for name in known.get("running", ()))
            status = cls(**known)
        except (TypeError, KeyError) as error:
            raise MtlDemoError(damaged) from error
        if status.state not in STATES:
            raise MtlDemoError(damaged)
        return status


def judged(status: StudyStatus, launched: ProcessId | None, now: float | None = None) -> StudyStatus:
    """``status`` as it is now: ``crashed`` where it claims a queue that is gone."""
    owner = launched if status.state == "queued" else status.process
    if not status.live or owner is None:
        return status
    silence = (time.time() if now is None else now) - status.updated
    if owner.alive() if owner.here else silence <= SILENCE:
        return status
    return dataclasses.replace(status, state="crashed", message=CRASHED, eta_s=None, progress=None, running=())
