"""Steps a strategy by itself, as training steps it, on losses and gradients that come from anywhere."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.optim import Adam

from mtldemo.config import WeightingConfig
from mtldemo.tasks import Task
from mtldemo.training.optim import STRATEGY_BETAS
from mtldemo.weighting import GradientMerge, GradientStrategy, LossStrategy, build
from mtldemo.weighting.base import LOSSES_AFTER, PERFORMANCE

STEPS_AN_EPOCH = 10
"""After so many steps a strategy is told that an epoch has ended."""


class Driver:
    """One strategy, fresh, in training mode, with the optimizer of what it learns itself.

    Raises ``MtlDemoError`` for options that the strategy doesn't have. ``rate`` is the learning rate that the
    strategy's ``speed`` multiplies. Where a strategy asks for a key metric, 1 / (1 + loss) stands for it.
    """

    def __init__(self, name: str, tasks: Sequence[Task], *, rate: float, options: dict[str, Any] | None = None) -> None:
        self.strategy = build(WeightingConfig(name, options or {}), tasks).train()
        self.strategy.seed(0)
        if isinstance(self.strategy, GradientMerge):
            self.strategy.prepare(2)
        learned = list(self.strategy.parameters())
        # Without ``foreach``, which groups tensors at a cost that a few numbers don't repay.
        self._optimizer = (
            Adam(learned, lr=rate * self.strategy.speed, betas=STRATEGY_BETAS, foreach=False) if learned else None
        )
        self._steps = 0

    def step(self, losses: Sequence[float], gradients: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
        """K ``losses``, each above zero, and K ``gradients`` of two numbers -> K weights and the direction [2]."""
        strategy, values = self.strategy, torch.tensor(losses)
        if PERFORMANCE in strategy.needs:
            strategy.observe(1 / (1 + values))
        if self._optimizer is not None:
            self._optimizer.zero_grad()
        direction = None
        if isinstance(strategy, LossStrategy):
            objective, applied = strategy(values)
            if self._optimizer is not None:
                objective.backward()
        elif isinstance(strategy, GradientStrategy):
            rows = torch.tensor(gradients, dtype=torch.float64)
            applied = strategy(rows @ rows.T, values)
        else:
            merged, applied = strategy(torch.tensor(gradients), values)
            direction = merged.tolist()
        if self._optimizer is not None:
            self._optimizer.step()
        self._steps += 1
        if self._steps % STEPS_AN_EPOCH == 0:
            strategy.end_epoch()
        weights = applied.detach().tolist()
        if direction is None:
            pairs = list(zip(weights, gradients, strict=True))
            direction = [sum((weight * row[axis] for weight, row in pairs), 0.0) for axis in (0, 1)]
        return weights, direction

    def after(self, losses: Callable[[], Sequence[float]]) -> None:
        """Tell the losses after the step; they are asked for only where the strategy wants to know."""
        if LOSSES_AFTER in self.strategy.needs:
            self.strategy.after_step(torch.tensor(losses()))
