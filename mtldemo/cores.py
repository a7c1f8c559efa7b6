"""The processor cores of this machine: how many this process may use, and how many other programs keep busy."""

import os
import time
from collections.abc import Callable

import psutil


def usable() -> int:
    """Logical cores that this process may use: at least 1."""
    return max(1, len(_affinity()) or os.cpu_count() or 1)


def physical() -> int:
    """Physical cores that this process may use: at least 1. Arithmetic gains nothing from a core's second thread."""
    return max(1, min(usable(), psutil.cpu_count(logical=False) or usable()))


class OtherPrograms:
    """How many of the cores that this process may use others keep busy, from one question to the next.

    ``clock`` gives the seconds that all cores together and this process have computed since any time, and the seconds
    on the wall.
    """

    def __init__(self, clock: "Callable[[], tuple[float, float, float]] | None" = None) -> None:
        self._clock = clock or _computed
        self._before = self._clock()

    def __call__(self) -> float:
        """Cores, 0 or more, that others kept busy since the question before; 0 where no time is over."""
        before, self._before = self._before, self._clock()
        everyone, own, seconds = (now - then for now, then in zip(self._before, before, strict=True))
        return max(0.0, everyone - own) / seconds if seconds > 0 else 0.0

    @property
    def seconds(self) -> float:
        """On the wall since the last question."""
        return self._clock()[2] - self._before[2]


def _affinity() -> set[int]:
    """The cores that this process is bound to; empty where the system binds none."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def _computed() -> tuple[float, float, float]:
    bound, everyone = _affinity(), 0.0
    for number, core in enumerate(psutil.cpu_times(percpu=True)):
        if not bound or number in bound:
            # ``guest`` is part of ``user`` already; what isn't idle or waiting for a disk is busy.
            busy = ("user", "nice", "system", "irq", "softirq", "interrupt", "dpc", "steal")
            everyone += sum(getattr(core, name, 0.0) for name in busy)
    own = psutil.Process().cpu_times()
    return everyone, own.user + own.system, time.perf_counter()
