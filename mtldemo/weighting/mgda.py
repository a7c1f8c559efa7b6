"""MGDA: the shortest combination of the task gradients."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import NON_CONFLICTING, NOT_NEGATIVE, SUM_TO_ONE, GradientStrategy
from mtldemo.weighting.solvers.cosines import weigh
from mtldemo.weighting.solvers.simplex import min_norm


class MultipleGradientDescent(GradientStrategy):
    r"""Takes the shortest vector between the task gradients, a direction in which no task gets worse.

    .. math:: w = \arg\min_{w \ge 0,\; \sum_k w_k = 1} \Big\| \sum_k w_k\, g_k / n_k \Big\|^2

    Gramian [K, K] -> weights [K], 0 to 1, sum 1. ``normalise`` chooses n: ``none`` 1, ``norm`` the gradient's norm,
    ``loss`` the loss, ``loss_norm`` their product. With ``none`` the direction conflicts with no task. The others stop
    a task with small gradients from taking all the weight; as in the authors' code, the weights are then applied to the
    gradients as they are.

    Paper: Sener, Koltun, Multi-Task Learning as Multi-Objective Optimization, NeurIPS 2018, after Desideri 2012.
    Departures: solved exactly, where Frank-Wolfe stops early. A task whose gradient is zero is left out, instead of
    stopping the others. Some public code multiplies the weights by K.
    """

    name = "mgda"
    title = "Multiple gradient descent (MGDA)"
    idea = (
        "Looks for the shortest combination of the task gradients, along which no task gets worse. Small gradients "
        "weigh most, so a task that is nearly learnt can slow the others down."
    )
    formula = r"w = \arg\min_{w \ge 0,\ \sum_k w_k = 1} \left\| \sum_k w_k\, g_k / n_k \right\|^2"
    paper = "Sener, Koltun, Multi-Task Learning as Multi-Objective Optimization, NeurIPS 2018"
    cost = "K backward passes"
    keeps = frozenset({NON_CONFLICTING, NOT_NEGATIVE, SUM_TO_ONE})

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        normalise: Annotated[
            str,
            Setting(
                "Normalise",
                "What each gradient is divided by before the search: nothing, its norm, its loss, or both.",
                choices=("none", "norm", "loss", "loss_norm"),
            ),
        ] = "none",
    ) -> None:
        super().__init__(tasks)
        self.normalise = normalise

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] -> weights [K]."""
        unit = torch.ones(len(losses), dtype=torch.float64)
        if self.normalise in ("norm", "loss_norm"):
            unit = unit * gramian.diagonal().double().clamp(min=0).sqrt()
        if self.normalise in ("loss", "loss_norm"):
            unit = unit * losses.double()
        return weigh(gramian, min_norm, units=torch.where(unit > 0, unit, 1.0))
