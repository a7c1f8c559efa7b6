"""How many threads share each operation, step by step: fewer while other programs keep cores busy.

An operation that is shared out to more threads than there are free cores waits for the thread that was put aside, so
that two threads may be slower than one by a factor of ten. How many threads there are decides the last bits of a
gradient. So each change is written down before the first step that it is for, and a run that is resumed repeats what
is written.
"""

import math
import time
from collections.abc import Callable

from mtldemo import cores
from mtldemo.training.compute import ResolvedCompute

FIRST_LOOK, LOOK_EVERY, CALM = 0.2, 0.5, 3.0
"""Seconds: how long the machine is watched before the first step, the least time between two looks at it, and for how
long it has to be free until more threads are used again."""
IN_PASSING = 0.35
"""A core that others keep busy for this share of the time still counts as free."""


class ThreadControl:
    """Says before each step by how many threads it is computed: as written down so far, then as the machine allows.

    ``busy`` gives the cores that other programs kept busy since it was asked last, ``clock`` seconds.
    """

    def __init__(
        self,
        compute: ResolvedCompute,
        *,
        busy: Callable[[], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.threads = compute.threads
        self._most = compute.threads
        self._written = dict(compute.changes)
        self._free_to_choose = compute.adapts
        self._busy, self._clock = busy, clock
        self._looked = self._crowded = -math.inf

    def before(self, step: int) -> bool:
        """Make ``threads`` those of ``step`` (from 1); whether that is a change which isn't written down yet."""
        self.threads = self._then(step)
        if not self._free_to_choose or step <= max(self._written, default=0):
            return False
        wanted = self._wanted()
        if wanted == self.threads:
            return False
        self.threads = self._written[step] = wanted
        return True

    def _then(self, step: int) -> int:
        """What is written down for ``step``."""
        begun = [at for at in self._written if at <= step]
        return self._written[max(begun)] if begun else self._most

    def _wanted(self) -> int:
        now = self._clock()
        if self._busy is None:
            self._busy = cores.OtherPrograms()
            time.sleep(FIRST_LOOK)
        elif now - self._looked < LOOK_EVERY:
            return self.threads
        first, self._looked = self._looked == -math.inf, now
        free = cores.physical() - self._busy() + IN_PASSING
        wanted = max(1, min(self._most, math.floor(free)))
        if wanted <= self.threads or first:
            self._crowded = now
            return wanted
        return wanted if now - self._crowded >= CALM else self.threads
