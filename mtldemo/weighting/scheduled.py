"""Scheduled weights: a plan over the epochs, chosen by hand."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np

from mtldemo.errors import MtlDemoError
from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import LossStrategy

HIGHEST, LAST = 1e6, 100_000


class Scheduled(LossStrategy):
    r"""Follows a plan over the epochs for each task's weight.

    .. math:: \mathcal{L} = \sum_k w_k(e)\, L_k

    ``losses`` [K] -> objective [], weights [K]. e counts ended epochs, from 0. ``weights``: for each task's name a text
    of ``weight@epoch`` parts divided by spaces, weights 0 to 1e6, epochs rising whole numbers from 0 (``@0`` may be
    left out); a task left out has 1. ``change``: ``steps`` holds each weight until the next epoch that is named,
    ``linear`` moves in a straight line from one to the next, in whole epochs; both stay at the first weight before
    its epoch and at the last one for good. So ``age=0 1@3`` pre-trains the other tasks for three epochs and then adds
    age. State: ``epochs`` ended. No paper (stepwise training: common practice). No departures.
    """

    name = "scheduled"
    title = "Scheduled weights"
    idea = (
        "Changes the weights after a plan of your own, epoch by epoch. Weight 0 leaves a task out, so some tasks can "
        "be trained first and others added later."
    )
    formula = r"\mathcal{L} = \sum_k w_k(e)\, L_k, \qquad e = \text{epochs ended}"
    paper = "Common practice; known as stepwise or curriculum training of tasks"

    plan: Tensor
    epochs: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        weights: Annotated[
            Mapping[str, str],
            Setting(
                "Plan",
                "Weights and the epoch from which each holds, such as '1 0.2@5'; '0 1@3' adds the task after three "
                "epochs. A task left out has 1.",
            ),
        ] = {},
        change: Annotated[
            str, Setting("Change", "In steps at the epochs named, or linear between them.", choices=("steps", "linear"))
        ] = "steps",
    ) -> None:
        super().__init__(tasks)
        # The plan follows from the settings, so it isn't part of the state.
        self.register_buffer("plan", torch.from_numpy(_plan(self.tasks, weights, change)), persistent=False)
        self.register_buffer("epochs", torch.zeros((), dtype=torch.int64))

    @classmethod
    def check(cls, tasks: Sequence[Task], options: Mapping[str, Any]) -> None:
        """Raises ``MtlDemoError`` where a plan can't be read, or an epoch has no weight above 0."""
        empty = np.flatnonzero(_plan(tasks, **options).sum(axis=1) == 0)
        if len(empty):
            raise MtlDemoError(
                f"weights: every task has weight 0 in epoch {empty[0]}, so nothing would be learned; give one a "
                "weight above 0."
            )

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> their weighted sum, and this epoch's weights [K]."""
        weights = self.plan[self.epochs.clamp(max=len(self.plan) - 1)].to(losses.dtype)
        return (weights * losses).sum(), weights.clone()

    def end_epoch(self) -> None:
        """Go on to the next epoch of the plan."""
        self.epochs += 1


def _plan(tasks: Sequence[Task], weights: Mapping[str, str] = {}, change: str = "steps") -> np.ndarray:
    """The weights (float32) by epoch and task; raises ``MtlDemoError`` where a plan can't be read."""
    points = [_points(task.name, weights.get(task.name, "1")) for task in tasks]
    epochs = range(1 + max(row[-1][0] for row in points))
    return np.array([[_weight(row, epoch, change) for row in points] for epoch in epochs], np.float32)


def _points(task: str, text: str) -> list[tuple[int, float]]:
    """The (epoch, weight) pairs of a plan such as ``0 1@3``; raises ``MtlDemoError`` where it can't be read."""
    points: list[tuple[int, float]] = []
    for part in text.split():
        weight, at, epoch = part.partition("@")
        try:
            point = (int(epoch) if at else 0, float(weight))
        except ValueError:
            point = (-1, math.nan)
        rising = not points or point[0] > points[-1][0]
        if not (0 <= point[0] <= LAST and 0 <= point[1] <= HIGHEST and rising):
            raise MtlDemoError(
                f"weights: {part!r} in the plan of {task} isn't a weight (0 to 1e+06) and, after an @, an epoch later "
                "than the one before; write it like '0 1@3'."
            )
        points.append(point)
    if not points:
        raise MtlDemoError(f"weights: the plan of {task} is empty; write a weight, such as 1, or leave the task out.")
    return points


def _weight(points: list[tuple[int, float]], epoch: int, change: str) -> float:
    before = [point for point in points if point[0] <= epoch] or points[:1]
    after = [point for point in points if point[0] > epoch]
    start, weight = before[-1]
    if change == "steps" or not after or epoch < start:
        return weight
    end, target = after[0]
    return weight + (target - weight) * (epoch - start) / (end - start)
