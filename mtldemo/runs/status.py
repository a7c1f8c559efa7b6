"""Where a run stands: what its process last wrote, and what follows when that process is gone."""

import dataclasses
import functools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, get_args, get_origin, get_type_hints

from mtldemo.errors import MtlDemoError
from mtldemo.processes import LARGEST_PID, ProcessId

WORKING = ("preparing", "training", "testing")
LIVE = ("queued", *WORKING)
STATES = (*LIVE, "finished", "stopped", "failed", "crashed")
SILENCE = 30.0
"""Seconds without a heartbeat after which what another machine works on counts as crashed."""
CRASHED = "Its process ended without a word; the end of its log may say why. Resume goes on from the last checkpoint."


LARGEST = 1e12
"""No count, and no moment in seconds since 1970, is beyond it: the latter is in the year 33658."""


class Phase(NamedTuple):
    """How far a long piece of work is: ``done`` of ``total`` (0 where that isn't known)."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What the status of a run and that of a study have in common, all plain values. Times are epoch
    seconds, ``eta_s`` seconds left."""

    FILE: ClassVar[str]
    OWNER: ClassVar[str]
    STATES: ClassVar[tuple[str, ...]]
    LIVE: ClassVar[tuple[str, ...]]
    CRASHED: ClassVar[str]
    state: str
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
        """Whether a process is at work on it, or will be."""
        return self.state in self.LIVE

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
    def from_json(cls, values: Any) -> Self:
        """Read what ``to_json`` wrote; names that a newer version added are left out.

        Raises ``MtlDemoError`` where a value is missing, or of another type or size than its field.
        """
        if not isinstance(values, Mapping):
            raise cls.damaged()
        known = {name: values[name] for name in _kinds(cls) if name in values}
        try:
            known["progress"] = Phase(**known["progress"]) if known.get("progress") else None
            status = cls(**known)
        except (TypeError, KeyError) as error:
            raise cls.damaged() from error
        fits = all(_fits(getattr(status, name), kind) for name, kind in _kinds(cls).items())
        if not fits or not 0 <= status.pid <= LARGEST_PID:
            raise cls.damaged()
        if status.state not in cls.STATES:
            raise MtlDemoError(f"{cls.FILE} is damaged: there is no state {status.state!r}.")
        return status

    @classmethod
    def damaged(cls) -> MtlDemoError:
        """The error for a file that holds something else."""
        return MtlDemoError(f"{cls.FILE} is damaged: it doesn't hold {cls.OWNER}'s status.")

    def crashed(self) -> Self:
        """The same once its process is gone."""
        return dataclasses.replace(self, state="crashed", message=self.CRASHED, eta_s=None, progress=None)


@dataclass(frozen=True)
class Status(Moment):
    """One moment of a run. ``epoch`` is the one being trained, from 1; ``diverged`` says that it failed because its
    numbers were no longer finite."""

    FILE = "status.json"
    OWNER = "a run"
    STATES = STATES
    LIVE = LIVE
    CRASHED = CRASHED
    state: str = "queued"
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    epochs: int = 0
    images_per_second: float | None = None
    diverged: bool = False


@functools.cache
def _kinds(cls: Any) -> dict[str, Any]:
    """The type of each field of a dataclass."""
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _fits(value: Any, kind: Any) -> bool:
    """Whether ``value`` is of the type ``kind`` that a field of a status has; a number at most ``LARGEST``."""
    if isinstance(kind, UnionType):
        return any(_fits(value, one) for one in get_args(kind))
    if kind is Phase:
        return (
            isinstance(value, Phase) and _fits(value.what, str) and _fits(value.done, int) and _fits(value.total, int)
        )
    if get_origin(kind) is tuple:
        return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    if kind in (int, float):
        kinds = (int,) if kind is int else (int, float)
        return type(value) in kinds and abs(value) <= LARGEST
    return isinstance(value, kind)


MomentType = TypeVar("MomentType", bound=Moment)


def judged(status: MomentType, launched: ProcessId | None, now: float | None = None) -> MomentType:
    """``status`` as it is now: ``crashed`` where it claims a process that is gone.

    ``launched`` is the process that a launcher started for what is queued; without one, it is waiting. What another
    machine works on is judged by its heartbeat alone.
    """
    owner = launched if status.state == "queued" else status.process
    if not status.live or owner is None:
        return status
    silence = (time.time() if now is None else now) - status.updated
    gone = not owner.alive() if owner.here else silence > SILENCE
    return status.crashed() if gone else status
