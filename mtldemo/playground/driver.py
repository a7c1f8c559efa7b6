"""Steps a strategy by itself, as training steps it, on losses and gradients that come from anywhere."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from mtldemo.config import WeightingConfig
from mtldemo.tasks import Task
from mtldemo.weighting import build
from mtldemo.weighting.runner import Runner

STEPS_AN_EPOCH = 10
"""After so many steps a strategy is told that an epoch has ended."""


class PlaneGradients:
    """K gradients of two numbers, for ``weighting.runner``; ``direction`` [2] is that of a merge, else None."""

    def __init__(self, rows: Sequence[Sequence[float]]) -> None:
        self._rows = rows
        self.direction: list[float] | None = None

    def follow_objective(self, objective: Tensor) -> None:
        """The objective is differentiated by what the strategy learns; the losses here have no graph."""
        if objective.requires_grad:
            objective.backward()

    def gramian(self) -> Tensor:
        """The inner products [K, K] (float64)."""
        rows = torch.tensor(self._rows, dtype=torch.float64)
        return rows @ rows.T

    def follow_weights(self, weights: Tensor) -> Tensor:
        """Nothing is left to do: the driver sums for all that give each task one weight."""
        return weights

    def rows(self) -> Tensor:
        """The gradients [K, 2]."""
        return torch.tensor(self._rows)

    def follow_direction(self, direction: Tensor, weights: Tensor) -> None:
        """Keep the direction [2]."""
        self.direction = direction.tolist()


class Driver:
    """One strategy, fresh, in training mode, with the optimizer of what it learns itself.

    Raises ``MtlDemoError`` for options that the strategy doesn't have. ``rate`` is the learning rate that the
    strategy's ``speed`` multiplies. Where a strategy asks for a key metric, 1 / (1 + loss) stands for it.
    """

    def __init__(self, name: str, tasks: Sequence[Task], *, rate: float, options: dict[str, Any] | None = None) -> None:
        self._runner = Runner(build(WeightingConfig(name, options or {}), tasks), rate=rate, seed=0, parameters=2)
        self._steps = 0

    def step(self, losses: Sequence[float], gradients: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
        """K ``losses``, each above zero, and K ``gradients`` of two numbers -> K weights and the direction [2]."""
        values, plane = torch.tensor(losses), PlaneGradients(gradients)
        weights = self._runner.step(values, plane, lambda: 1 / (1 + values)).weights.tolist()
        self._steps += 1
        if self._steps % STEPS_AN_EPOCH == 0:
            self._runner.end_epoch()
        if plane.direction is not None:
            return weights, plane.direction
        pairs = list(zip(weights, gradients, strict=True))
        return weights, [sum((weight * row[axis] for weight, row in pairs), 0.0) for axis in (0, 1)]

    def after(self, losses: Callable[[], Sequence[float]]) -> None:
        """Tell the losses after the step; they are asked for only where the strategy wants to know."""
        self._runner.end_step(lambda: torch.tensor(losses()))
