"""What the queue knows of each run, by its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtldemo.runs import RunFolder

MOST_CRASHES = 3
"""A run whose worker died this many times is given up."""


@dataclass
class Ledger:
    """``finished`` has the seconds of training, ``given_up`` says why; runs ``elsewhere`` are at work in a process that
    isn't this queue's."""

    finished: dict[str, float] = field(default_factory=dict)
    given_up: dict[str, str] = field(default_factory=dict)
    crashes: dict[str, int] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    begun: bool = False

    def closed(self, name: str) -> bool:
        """Whether this queue has nothing to begin there now."""
        return name in self.finished or name in self.given_up or name in self.elsewhere

    def read(self, name: str, run: RunFolder) -> str:
        """Note what is known of a run from before; returns a line on one that isn't done again.

        A run that diverged is an outcome: the same config leads to it again.
        """
        status = run.status()
        if status.state == "finished":
            self.finished[name] = run.summary().time
        elif run.busy():
            self.elsewhere.add(name)
        elif status.diverged:
            self.given_up[name] = status.message
            return f"{name} has diverged and isn't trained again, as it would lead to the same point"
        return ""

    def crash(self, name: str) -> bool:
        """Note that a run's worker died; returns whether the run is tried again."""
        times = self.crashes[name] = self.crashes.get(name, 0) + 1
        if times >= MOST_CRASHES:
            self.given_up[name] = f"Its process died {times} times; the study's log may say why."
        return times < MOST_CRASHES

    def failures(self) -> str:
        """Which runs didn't finish, and why the first didn't; empty where all did."""
        if not self.given_up:
            return ""
        name, why = next(iter(self.given_up.items()))
        others = f" and {len(self.given_up) - 1} more" if len(self.given_up) > 1 else ""
        return f"{name}{others} didn't finish. {why}"

    def seconds_by_arm(self, arms: Mapping[str, str]) -> dict[str, list[float]]:
        """The seconds of the finished runs; ``arms`` has each run's arm."""
        by_arm: dict[str, list[float]] = {}
        for name, seconds in self.finished.items():
            if name in arms:
                by_arm.setdefault(arms[name], []).append(seconds)
        return by_arm
