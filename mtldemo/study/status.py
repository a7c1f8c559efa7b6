"""Where a study stands: what its queue last wrote."""

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from mtldemo.runs.status import Moment

WORKING = ("preparing", "running", "stopping")
LIVE = ("queued", *WORKING)
STATES = ("new", *LIVE, "finished", "stopped", "failed", "crashed")
CRASHED = "The study's queue ended without a word; the end of its log may say why. Resume goes on with what is left."


@dataclass(frozen=True)
class StudyStatus(Moment):
    """One moment of a study. ``total`` runs: ``finished``, ``failed`` (in this go), ``running`` and ``left`` (neither).

    ``running`` has the name of the run that each worker is at, ``eta_s`` the seconds left in all, ``progress`` the step
    at hand before the first run.
    """

    FILE = "study-status.json"
    OWNER = "a study"
    STATES = STATES
    LIVE = LIVE
    CRASHED = CRASHED
    state: str = "new"
    total: int = 0
    finished: int = 0
    failed: int = 0
    left: int = 0
    running: tuple[str, ...] = ()
    workers: int = 0

    @classmethod
    def from_json(cls, values: Any) -> Self:
        """Read what ``to_json`` wrote. Raises ``MtlDemoError`` where it says something else."""
        status = super().from_json(values)
        return dataclasses.replace(status, running=tuple(status.running))

    def crashed(self) -> Self:
        """The same once its queue is gone; no run is at work then."""
        return dataclasses.replace(super().crashed(), running=())


class Underway(NamedTuple):
    """A study that isn't done: how many of its ``total`` runs are ``finished``, with how many ``seeds`` it will be, and
    whether it is at work (``live``)."""

    finished: int
    total: int
    seeds: int
    live: bool

    @property
    def headline(self) -> str:
        """What stands in the verdict's place before a second seed."""
        done = f"({self.finished} of {self.total} runs)"
        if self.live:
            return f"The first verdict comes after the second seed {done}."
        return f"Nothing can be concluded from one seed: resume the study, whose others are still to come {done}."
