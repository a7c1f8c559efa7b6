"""A verdict as data: what was found of which arm in which task, and what wasn't. ``verdict_words`` says it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from mtldemo.study.arms import PLAIN_SUM
from mtldemo.study.divergence import DivergedSeeds
from mtldemo.study.measures import Measure
from mtldemo.study.status import Underway

NoFindingReason = Literal[
    "incomparable", "untested", "one seed", "baseline diverged", "baseline untested", "baseline alone", "no pairs"
]
"""Why nothing can be found: the runs can't be compared; none was tested; there is one seed; the baseline has no result,
since all its runs diverged or none was tested; there is nothing to compare it with; no arm shares two seeds with it."""


@dataclass(frozen=True)
class Budget:
    """What the findings were made on: the data set's name and the pictures' side in pixels, the length of each run in
    ``steps`` or ``epochs`` or with an ``equal_time``, and how many seeds; 0 or empty where the runs differ in it."""

    dataset: str = ""
    image_size: int = 0
    steps: int = 0
    epochs: int = 0
    equal_time: bool = False
    seeds: int = 0


class Finding(NamedTuple):
    """An arm is ``better`` or ``worse`` than the baseline in a task's key metric, by ``low`` to ``high`` (as recorded,
    without a sign); or it would count as better if it had been looked at ``alone`` and not among so many arms."""

    kind: Literal["better", "worse", "alone"]
    task: str
    arm: str
    low: float
    high: float
    measure: Measure
    among: int

    @property
    def unit(self) -> str:
        """What a person reads the difference in."""
        return self.measure.difference_unit


@dataclass(frozen=True)
class Power:
    """How large a difference had to be to show, with so many ``seeds`` and ``arms``: ``needed`` by task, as recorded,
    with the task's measure; in ``blind`` tasks not even the largest that there can be would have shown."""

    seeds: int
    arms: int
    needed: tuple[tuple[str, float, Measure], ...] = ()
    blind: tuple[str, ...] = ()


@dataclass(frozen=True)
class OneNetwork:
    """Whether one network for all tasks beats one network a task, by delta-m in percent.

    ``unknown``: no run learned the tasks ``missing`` alone (the arms that did have ``diverged``), there are too few
    ``seeds``, or every strategy has ``lost`` some. Else ``best`` is the best arm, with its interval, and it is known to
    be ``better``, worse, or open (``None``); so many arms are better and worse, of all.
    """

    unknown: Literal["", "missing", "seeds", "lost"] = ""
    missing: tuple[str, ...] = ()
    diverged: tuple[str, ...] = ()
    best: str = ""
    low: float = math.nan
    high: float = math.nan
    better: bool | None = None
    arms_better: int = 0
    arms_worse: int = 0
    arms: int = 0


@dataclass(frozen=True)
class LeftOut:
    """Runs without a result: how many in each ``state`` are still to be tested, how many are ``broken``; and the
    ``notices`` on what was left out of the data."""

    states: tuple[tuple[str, int], ...] = ()
    broken: int = 0
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a comparison shows beside ``baseline``, in the order of ``tasks``.

    ``titles`` has what a sentence calls each task. ``findings`` are claims that hold after Holm's correction, the
    strongest of a task first; ``nearly`` those that would hold alone; ``open`` the tasks in which no arm is better.
    ``silence`` says why there are none, where nothing can be known. ``lost`` has the arms with seeds that diverged,
    ``fewer`` those with fewer seeds than the most.
    """

    budget: Budget = Budget()
    baseline: str = PLAIN_SUM
    plain_sum: bool = False
    silence: NoFindingReason | None = None
    tasks: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    nearly: tuple[Finding, ...] = ()
    open: tuple[str, ...] = ()
    power: Power | None = None
    one_network: OneNetwork | None = None
    fewer: tuple[tuple[str, int], ...] = ()
    lost: Mapping[str, DivergedSeeds] = field(default_factory=dict)
    left_out: LeftOut = LeftOut()
    remarks: tuple[str, ...] = ()
    underway: Underway | None = None

    def of(self, kind: str, task: str) -> list[Finding]:
        """The findings of one kind in one task, the strongest first."""
        return [one for one in (*self.findings, *self.nearly) if one.kind == kind and one.task == task]
