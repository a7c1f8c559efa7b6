"""CAGrad: the direction near the mean gradient that serves the worst task best."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import NOT_NEGATIVE, GradientStrategy
from mtldemo.weighting.solvers.averse import averse
from mtldemo.weighting.solvers.cosines import weigh


class ConflictAverse(GradientStrategy):
    r"""Looks within a ball around the mean gradient for the direction that improves the worst task most.

    .. math:: \max_d \min_k\, g_k \cdot d \;\text{ with }\; \|d - g_0\| \le c \|g_0\|: \qquad
        w = \tfrac1K + \frac{c \|g_0\|}{\|g_{w^*}\|}\, w^*, \qquad
        w^* = \arg\min_{w \in \Delta}\; g_w \cdot g_0 + c \|g_0\| \|g_w\|

    g_0 is the mean gradient, g_w = sum w_k g_k, the triangle the simplex. Gramian [K, K] -> weights [K], at least 1/K,
    sum 1 + c |g_0| / |g_w*|. ``c``: 0 (the mean gradient) to 10, default 0.5; from 1 on no task gets worse.

    Paper: Liu, Liu, Jin, Stone, Liu, Conflict-Averse Gradient Descent for Multi-task Learning, NeurIPS 2021.
    Departures: the dual is solved exactly. Where g_w* is zero the direction is g_0, the limit of the authors' code
    (TorchJD then stops). Not divided by 1 + c^2 or 1 + c, which are options of that code.
    """

    name = "cagrad"
    title = "Conflict-averse descent (CAGrad)"
    idea = (
        "Starts from the mean gradient and leans it, by a limited amount, towards the task that would improve least. "
        "It still ends at a minimum of the mean loss."
    )
    formula = (
        r"w = \tfrac{1}{K} + \frac{c \|g_0\|}{\|g_{w^*}\|}\, w^*, \qquad "
        r"w^* = \arg\min_{w \ge 0,\ \sum_k w_k = 1}\ g_w \cdot g_0 + c \|g_0\| \|g_w\|"
    )
    paper = "Liu, Liu, Jin, Stone, Liu, Conflict-Averse Gradient Descent for Multi-task Learning, NeurIPS 2021"
    cost = "K backward passes"
    keeps = frozenset({NOT_NEGATIVE})

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        c: Annotated[
            float,
            Setting("Radius", "How far from the mean gradient, as a share of its length.", low=0, high=10),
        ] = 0.5,
    ) -> None:
        super().__init__(tasks)
        self.c = c

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]."""
        return weigh(gramian, lambda norms, cosines: 1 / len(norms) + averse(norms, cosines, self.c))
