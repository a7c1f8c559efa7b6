"""The three contracts of a weighting strategy. The engine branches on the base, never on a name.

K is the number of tasks, P the number of shared parameters (or features). All state lives in parameters and buffers, so
that ``state_dict`` resumes a strategy exactly. What a strategy returns as weights is what is applied and recorded.

A task without a label in a batch has no gradient in it. The engine shows a strategy that task's loss (and the norm of
its gradient, orthogonal to the others) of the last batch in which it had one, so that no strategy meets a false zero;
in the rows that a ``GradientMerge`` is given it is a row of zeros.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from mtldemo.lazy_torch import Module, Tensor, nn, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.draws import Draws

PERFORMANCE, LOSSES_AFTER, PARAMETERS = "performance", "losses_after", "parameters"
"""What a strategy may need beside losses or gradients; see ``Strategy.needs``."""

NON_CONFLICTING, NOT_NEGATIVE = "non_conflicting", "not_negative"
SCALE_INVARIANT, SUM_TO_ONE = "scale_invariant", "sum_to_one"
PROPERTIES = {
    NON_CONFLICTING: "The direction harms no task: its inner product with no task gradient is negative.",
    NOT_NEGATIVE: "No weight is negative.",
    SCALE_INVARIANT: "The unit of one task's loss leaves the line along which the shared weights move as it is.",
    SUM_TO_ONE: "The weights sum to 1.",
}
"""What a strategy may promise of each step; see ``Strategy.keeps``. That the order of the tasks means nothing is
promised by all."""

SMALLEST_LOSS = 1e-12
"""Added to a loss before its logarithm or inverse is taken, so that a loss of exactly zero gives finite numbers. It is
lost in rounding beside any loss above 1e-5, and a millionth of a loss of 1e-6."""


Speed = Annotated[
    float,
    Setting("Speed", "Learning rate of what the strategy learns, as a multiple of the network's.", low=0.01, high=1000),
]
"""The setting of a strategy that learns numbers of its own; see ``Strategy.speed``."""


LOG_WEIGHTS = (-80.0, 30.0)
"""Least and largest logarithm of a learned weight, which a loss of zero would raise without end, up to infinity."""


def within_range(logs: "nn.Parameter", sign: int = 1) -> None:
    """Bring ``logs``, ``sign`` times the logarithms of weights, back to ``LOG_WEIGHTS``: the parameter itself, so that
    its gradient still moves it when it is at an end."""
    low, high = sorted(sign * end for end in LOG_WEIGHTS)
    with torch.no_grad():
        logs.clamp_(low, high)


def present(gradients: Tensor) -> Tensor:
    """Which rows of ``gradients`` [K, P] aren't zero throughout, [K] (bool): the tasks that have a label in a batch."""
    # A row at a time: torch's norms and reductions along a dimension take up to ten times as long.
    return torch.stack([torch.count_nonzero(row) for row in gradients]) > 0


class Strategy(Module, ABC):
    """What every strategy has: a name, words for the page, and hooks.

    Hyper-parameters are keyword-only arguments of ``__init__``, each ``Annotated[..., Setting(...)]`` with a default;
    a setting with named values (a ``Mapping``) holds one value for each task's name. Every vector of K numbers is in
    the order of ``tasks``. Learned quantities are ``nn.Parameter``; the engine trains them without weight decay.
    A strategy that draws random numbers holds ``Draws(tasks)``, and never reads torch's own generator.
    """

    name: str
    """The method's own name in lower case, as on the command line."""
    title: str
    idea: str
    """Two sentences for a newcomer."""
    formula: str
    """LaTeX."""
    paper: str
    """Authors, title, venue and year."""
    cost: str = "1 backward pass"
    """What a step costs beside the plain sum's, in words; ``costs.relative_cost`` has figures."""
    needs: frozenset[str] = frozenset()
    """What the engine hands over beside losses or gradients: ``PERFORMANCE`` (``observe`` before each ``forward``),
    ``LOSSES_AFTER`` (one more forward pass after the optimizer's step, then ``after_step``). ``PARAMETERS`` says that
    a ``GradientMerge`` keeps a state of size P from step to step, so that its rows must belong to parameters and not
    to the features of one batch's pictures."""
    keeps: frozenset[str] = frozenset()
    """Which of ``PROPERTIES`` hold in each step with the default settings; the contract tests hold them to it."""
    speed: float = 1.0
    """Learning rate of the strategy's own parameters, as a multiple of the network's; the engine reads it."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__()
        self.tasks = tuple(tasks)

    @classmethod
    def check(cls, tasks: Sequence[Task], options: Mapping[str, Any]) -> None:
        """Raises ``MtlDemoError`` where ``options``, each of which is in its range, can't be together. Needs no torch,
        so that a page may ask while a person still chooses."""

    def seed(self, seed: int) -> None:
        """Take the run's seed for whatever is drawn at random; called once, before the first step."""
        for module in self.modules():
            if isinstance(module, Draws):
                module.seed = seed

    def observe(self, performance: Tensor) -> None:
        """``performance`` [K], detached: each task's key metric on this batch, from 0 (worst) to 1. Called before
        ``forward`` in each training step where ``needs`` asks for it."""

    def after_step(self, losses: Tensor) -> None:
        """``losses`` [K], detached: the same batch's losses once more, after the optimizer's step. Called where
        ``needs`` asks for it."""

    def end_epoch(self) -> None:
        """Called once after each training epoch, before the checkpoint."""

    def learned(self) -> dict[str, Tensor]:
        """What is learned in the method's own terms, by name, each [K] and detached: for instance ``{"sigma": ...}``.
        Empty where nothing is."""
        return {}


class LossStrategy(Strategy):
    """Weighs by the loss values."""

    keeps = frozenset({NOT_NEGATIVE})

    @abstractmethod
    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K], with their graph -> the scalar objective to differentiate, and the weights [K] (detached)
        that its gradient applies to each loss. Called once a training step: a strategy that keeps a running state in
        training mode updates it here."""


class GradientStrategy(Strategy):
    """Weighs by the inner products of the task gradients.

    One with parameters of its own fills their ``grad`` in ``forward``, by a backward pass of its own small objective;
    the engine has cleared them before and steps them after.
    """

    @abstractmethod
    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian of the task gradients [K, K] (float64) and losses [K], both detached -> weights [K] (detached)."""


class GradientMerge(Strategy):
    """Builds the shared direction itself, element by element."""

    def prepare(self, parameters: int) -> None:
        """Shape whatever state is of size P; called once, before the first step and before a state is loaded."""

    @abstractmethod
    def forward(self, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        """Task gradients [K, P] and losses [K], both detached -> the direction [P] that is applied, and K numbers a
        step (detached): each task's head gets its own gradient times that number, and they are plotted. ``gradients``
        belongs to the strategy until it returns: it may change it in place, and the direction may be a part of it."""
