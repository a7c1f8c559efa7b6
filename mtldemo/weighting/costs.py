"""What a strategy costs, before a run begins: the time and memory of a step beside the plain sum's.

The figures are of ResNet-18 at 64 px and batch 64 on a CPU, and grow with the number of tasks K. They differ between
networks and machines; ``benchmarks/strategy_cost.py`` measures them.
"""

from dataclasses import dataclass

from mtldemo.weighting.base import LOSSES_AFTER, PARAMETERS, GradientMerge, GradientStrategy, LossStrategy, Strategy

KINDS = {LossStrategy: "losses", GradientStrategy: "gradients", GradientMerge: "merge"}

FORWARD = 0.33
"""One more forward pass."""

MERGING, ROWS, BUFFER = 0.13, 0.15, 0.12
"""What a merge adds for each task: the time of working through the rows, their memory, and that of the buffers of those
that keep gradients from step to step."""


@dataclass(frozen=True)
class GradientPlace:
    """Where the task gradients may be taken (``gradients_at``): its ``title`` for a form, ``words`` for a sentence, and
    what each task beyond the first adds to the ``time`` and ``memory`` of a step."""

    title: str
    words: str
    time: float
    memory: float


PLACES = {
    "shared": GradientPlace("All shared weights", "gradients of all shared weights", 0.62, 0.06),
    "block": GradientPlace("Last shared block", "gradients of the last shared block", 0.09, 0.045),
    "features": GradientPlace("Shared features", "gradients at the features", 0.02, 0.02),
}
"""Every place, by its name in a config."""


@dataclass(frozen=True)
class Cost:
    """``time`` and ``memory`` of a training step as multiples of the plain sum's."""

    time: float
    memory: float

    @property
    def words(self) -> str:
        """For a person: ``about 2.2 x the time and 1.3 x the memory of a plain step``."""
        if max(self.time, self.memory) < 1.05:
            return "about the same as a plain step"
        return f"about {self.time:.2g} x the time and {self.memory:.2g} x the memory of a plain step"


def kind(strategy: type[Strategy]) -> str:
    """What the strategy weighs by: ``losses``, ``gradients`` (their Gramian) or ``merge``."""
    return next(name for base, name in KINDS.items() if issubclass(strategy, base))


def places(strategy: type[Strategy]) -> tuple[str, ...]:
    """Where the strategy may take the gradients (``gradients_at``), the place of the paper first; empty where it looks
    at losses alone."""
    if issubclass(strategy, LossStrategy):
        return ()
    if issubclass(strategy, GradientStrategy):
        return ("shared", "block", "features")
    return ("shared",) if PARAMETERS in strategy.needs else ("shared", "features")


def relative_cost(strategy: type[Strategy], gradients_at: str = "shared", tasks: int = 3) -> Cost:
    """The cost of a step with ``tasks`` tasks. ``gradients_at`` matters to those that look at gradients alone."""
    more = tasks - 1
    time, memory = 1.0, 1.0
    if LOSSES_AFTER in strategy.needs:
        time += FORWARD
    if not issubclass(strategy, LossStrategy):
        time += PLACES[gradients_at].time * more
        memory += PLACES[gradients_at].memory * more
    if issubclass(strategy, GradientMerge) and gradients_at == "shared":
        time += MERGING * more
        memory += (ROWS + (BUFFER if PARAMETERS in strategy.needs else 0)) * tasks
    return Cost(time, memory)
