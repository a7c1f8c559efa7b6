"""UPGrad: each gradient moved until it conflicts with none, then the mean."""

import numpy as np

from mtldemo.lazy_torch import Tensor
from mtldemo.weighting.base import NON_CONFLICTING, NOT_NEGATIVE, GradientStrategy
from mtldemo.weighting.solvers.cone import project
from mtldemo.weighting.solvers.cosines import stretched, weigh


class UnconflictingProjection(GradientStrategy):
    r"""Projects each task gradient onto the directions that conflict with no task, and takes the mean.

    .. math:: d = \frac1K \sum_i \pi(g_i), \quad \pi(x) = \arg\min_{g_k \cdot y \ge 0\ \forall k} \|y - x\|, \qquad
        w = \sum_i \arg\min_{v \ge e_i / K} v^\top G v

    Gramian [K, K] -> weights [K], at least 1/K (1/K each without conflict). The direction conflicts with no task. No
    hyper-parameters. Multiplying one task's loss by a constant c multiplies its own projection by c, no other's.

    Paper: Quinton, Rey, Jacobian Descent for Multi-Objective Optimization, 2024 (arXiv 2406.16232). Departures: solved
    exactly, where TorchJD adds 1e-4 to the Gramian's diagonal. The mean is the paper's; for the scale of a sum choose
    the weights to sum to K.
    """

    name = "upgrad"
    title = "Unconflicting projection (UPGrad)"
    idea = (
        "Moves each task gradient as little as it takes to conflict with none of them, and averages the results. "
        "Unlike PCGrad it depends on no order and never harms a task."
    )
    formula = (
        r"d = \frac{1}{K} \sum_i \pi(g_i), \qquad \pi(x) = \arg\min_{g_k \cdot y \ge 0\ \forall k} \|y - x\|, \qquad "
        r"w = \sum_i \arg\min_{v \ge e_i / K} v^\top G v"
    )
    paper = "Quinton, Rey, Jacobian Descent for Multi-Objective Optimization, arXiv 2406.16232, 2024"
    cost = "K backward passes"
    keeps = frozenset({NON_CONFLICTING, NOT_NEGATIVE})

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]."""
        return weigh(gramian, _weights)


def _weights(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    return stretched(norms, project(cosines, np.eye(len(norms))).T).mean(axis=0)
