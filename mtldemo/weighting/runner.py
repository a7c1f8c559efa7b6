"""Drives one strategy, a step at a time, whatever it weighs and whatever is trained by it.

    weighed = runner.step(losses, gradients, performance)   # what the strategy learns moves, too
    ...                                                     # the optimizer moves what the gradients belong to
    runner.end_step(losses_after)

and ``end_epoch`` after each epoch. The engine trains a network by it, the playground a point in a plane.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.optim import Adam

from mtldemo.weighting.base import (
    LOSSES_AFTER,
    PERFORMANCE,
    GradientMerge,
    GradientStrategy,
    LossStrategy,
    Strategy,
)

BETAS = (0.9, 0.95)
"""Adam's memory for a strategy's parameters: about 20 steps. Their gradient falls by orders of magnitude as they come
near their optimum (for a log-variance s it is 0.5 - c loss e^-s), and the usual 0.999 would remember the first, huge
ones for a thousand steps and crawl."""


class TaskGradients(Protocol):
    """The gradients of K task losses in one step, and what becomes of them.

    A strategy needs one of the three: an objective to go down, weights from the Gramian, a direction from the rows.
    """

    def follow_objective(self, objective: Tensor) -> None:
        """Differentiate ``objective`` [], whose graph leads to the losses and to what the strategy learns."""
        ...

    def gramian(self) -> Tensor:
        """The inner products [K, K] (float64, on the CPU)."""
        ...

    def follow_weights(self, weights: Tensor) -> Tensor:
        """After ``gramian``: give each parameter the sum of its task gradients times ``weights`` [K] (float64, on the
        CPU). Returns them as applied, in the precision of the gradients."""
        ...

    def rows(self) -> Tensor:
        """The gradients [K, P] at what is shared, which the strategy may change in place."""
        ...

    def follow_direction(self, direction: Tensor, weights: Tensor) -> None:
        """After ``rows``: give what is shared the ``direction`` [P], and what is one task's own that task's gradient
        times its number of ``weights`` [K]."""
        ...


@dataclass(frozen=True)
class Weighed:
    """The ``objective`` [] and the ``weights`` [K] of a step, as applied; both detached."""

    objective: Tensor
    weights: Tensor


class Runner:
    """A ``strategy`` in training mode, and the ``optimizer`` of what it learns, None where it learns nothing.

    What is learned has no weight decay and goes by Adam, at ``strategy.speed`` times ``rate``, the network's highest
    learning rate, whatever trains the network: its gradient has the unit of the losses (squared years for age by MSE),
    which no rate of plain SGD suits. ``seed`` is the run's. ``weight_scale`` is ``published`` or ``sum_k``, which
    brings the sum of the weights' sizes to K. ``parameters`` is P where the rows are always of the same parameters.
    """

    def __init__(
        self, strategy: Strategy, *, rate: float, seed: int, weight_scale: str = "published", parameters: int = 0
    ) -> None:
        self.strategy = strategy.train()
        self.strategy.seed(seed)
        if isinstance(strategy, GradientMerge) and parameters:
            strategy.prepare(parameters)
        learned = [parameter for parameter in strategy.parameters() if parameter.requires_grad]
        self.optimizer = Adam(learned, lr=rate * strategy.speed, betas=BETAS) if learned else None
        self._published = weight_scale == "published"

    def step(self, losses: Tensor, gradients: TaskGradients, performance: Callable[[], Tensor]) -> Weighed:
        """Weigh ``losses`` [K], with their graph, hand ``gradients`` what follows, and move what the strategy learns.

        ``performance`` gives each task's key metric [K], from 0 to 1; it is asked only where the strategy is.
        """
        if self.optimizer is not None:
            self.optimizer.zero_grad()
        if PERFORMANCE in self.strategy.needs:
            self.strategy.observe(performance())
        weighed = self._weigh(losses, gradients)
        if self.optimizer is not None:
            self.optimizer.step()
        return weighed

    def end_step(self, losses: Callable[[], Tensor]) -> None:
        """Once the parameters have moved: ``losses`` gives those of the same batch [K], detached; it is asked only
        where the strategy wants to know."""
        if LOSSES_AFTER in self.strategy.needs:
            self.strategy.after_step(losses())

    def end_epoch(self) -> None:
        """After each epoch, before the checkpoint."""
        self.strategy.end_epoch()

    def _weigh(self, losses: Tensor, gradients: TaskGradients) -> Weighed:
        strategy, values = self.strategy, losses.detach()
        if isinstance(strategy, LossStrategy):
            return self._by_losses(strategy, losses, gradients)
        if isinstance(strategy, GradientStrategy):
            # The K x K problem is solved on the CPU: an accelerator would be slower at it, and may lack float64.
            weights = strategy(gradients.gramian(), values.cpu()).detach()
            weights = gradients.follow_weights(self._factor(weights) * weights)
        elif isinstance(strategy, GradientMerge):
            direction, weights = strategy(gradients.rows(), values)
            factor, weights, direction = self._factor(weights), weights.detach(), direction.detach()
            if not self._published:
                direction = factor * direction
            weights = factor * weights
            gradients.follow_direction(direction, weights)
        else:
            raise TypeError(f"{type(strategy).__name__} has none of the three bases of a strategy")
        return Weighed((weights * values).sum(), weights)

    def _by_losses(self, strategy: LossStrategy, losses: Tensor, gradients: TaskGradients) -> Weighed:
        objective, weights = strategy(losses)
        factor = self._factor(weights)
        gradients.follow_objective(factor * objective)
        for parameter in strategy.parameters():
            # What the strategy learns is its own affair: only what reaches the network is rescaled.
            if parameter.grad is not None:
                parameter.grad /= factor
        return Weighed(factor * objective.detach(), factor * weights)

    def _factor(self, weights: Tensor) -> Tensor | float:
        """What brings the sum of the absolute ``weights`` [K] to K, where that is wanted; 1 for weights of zero."""
        if self._published:
            return 1.0
        sizes = weights.detach().abs()
        largest = sizes.max()
        # The largest first: the sum of weights at the end of float32's range would be infinite.
        factor = len(weights) / (sizes / largest).sum() / largest
        return torch.where(largest > 0, factor.clamp(max=torch.finfo(factor.dtype).max), 1.0)
