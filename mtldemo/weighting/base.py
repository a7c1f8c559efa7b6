"""The three contracts of a weighting strategy. The engine branches on the base, never on a name.

K is the number of tasks, P the number of shared parameters (or features). All state lives in parameters and buffers, so
that ``state_dict`` resumes a strategy exactly. What a strategy returns as weights is what is applied and recorded.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from mtldemo.tasks import Task


class Strategy(nn.Module, ABC):
    """What every strategy has: a name, words for the page, and hooks.

    Hyper-parameters are keyword-only arguments of ``__init__``, each ``Annotated[..., Setting(...)]`` with a default;
    a setting with named values (a ``Mapping``) holds one value for each task's name. Every vector of K numbers is in
    the order of ``tasks``. Learned quantities are ``nn.Parameter``; the engine trains them without weight decay.
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
    """What a step costs beside the plain sum's."""
    speed: float = 1.0
    """Learning rate of the strategy's own parameters, as a multiple of the network's; the engine reads it."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__()
        self.tasks = tuple(tasks)

    def end_epoch(self) -> None:
        """Called once after each training epoch, before the checkpoint."""

    def learned(self) -> dict[str, Tensor]:
        """What is learned in the method's own terms, by name, each [K] and detached: for instance ``{"sigma": ...}``.
        Empty where nothing is."""
        return {}


class LossStrategy(Strategy):
    """Weighs by the loss values."""

    @abstractmethod
    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K], with their graph -> the scalar objective to differentiate, and the weights [K] (detached)
        that its gradient applies to each loss. Called once a training step: a strategy that keeps a running state in
        training mode updates it here."""


class GradientStrategy(Strategy):
    """Weighs by the inner products of the task gradients."""

    @abstractmethod
    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian of the task gradients [K, K] and losses [K], both detached -> weights [K] (detached)."""


class GradientMerge(Strategy):
    """Builds the shared direction itself, element by element."""

    @abstractmethod
    def forward(self, gradients: Tensor) -> tuple[Tensor, Tensor]:
        """Task gradients [K, P] -> the direction [P] that is applied, and K numbers a step to plot (detached)."""
