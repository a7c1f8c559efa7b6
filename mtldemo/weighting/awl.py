"""Automatic weighted loss: uncertainty weighting after Liebel and Koerner, whose penalty never turns negative."""

from collections.abc import Sequence

from mtldemo.lazy_torch import Tensor, nn, torch
from mtldemo.tasks import Task
from mtldemo.weighting.base import LossStrategy, Speed

SMALLEST_SQUARE = 1e-8
"""Added to p^2, so that an optimizer step that lands on p = 0 gives a large weight and not an infinite one."""


class AutomaticWeightedLoss(LossStrategy):
    r"""Learns each task's noise with a penalty that is never negative.

    .. math:: \mathcal{L} = \sum_k \frac{1}{2 p_k^2} L_k + \ln(1 + p_k^2), \qquad w_k = \frac{1}{2 p_k^2}

    ``losses`` [K] -> objective [], weights [K]. ``scale`` [K] is p, from 1. ``speed``: 0.01 to 1000 times the network's
    learning rate. ``sigma`` = abs(p) settles at sigma^2 = (L + sqrt(L^2 + 8 L)) / 4, near L/2 + 1 for a large mean loss
    L: it ranks tasks by noise but is no standard deviation.

    Paper: Liebel, Koerner, Auxiliary Tasks in Multi-task Learning, 2018 (arXiv 1805.06334). Departures: 1e-8 is added
    to p^2 in the weight, and p learns ``speed`` times as fast as the network (default 10; 1 is the common practice).
    """

    name = "awl"
    title = "Automatic weighted loss (Liebel and Körner)"
    idea = (
        "Learns how noisy each task is, like uncertainty weighting. Its penalty is never negative, so the objective "
        "cannot fall below zero while a task gets easy."
    )
    formula = r"\mathcal{L} = \sum_k \frac{1}{2 p_k^2} L_k + \ln\left(1 + p_k^2\right), \qquad w_k = \frac{1}{2 p_k^2}"
    paper = "Liebel, Körner, Auxiliary Tasks in Multi-task Learning, arXiv 1805.06334, 2018"

    def __init__(self, tasks: Sequence[Task], *, speed: Speed = 10.0) -> None:
        super().__init__(tasks)
        self.speed = speed
        self.scale = nn.Parameter(torch.ones(len(self.tasks)))

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> the objective, and the weights 1/(2 p^2) [K]."""
        square = self.scale.square()
        weights = 0.5 / (square + SMALLEST_SQUARE)
        return (weights * losses + torch.log1p(square)).sum(), weights.detach()

    def learned(self) -> dict[str, Tensor]:
        """``sigma`` [K] = abs(p)."""
        return {"sigma": self.scale.detach().abs()}
