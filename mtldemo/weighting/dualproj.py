"""DualProj: the mean gradient moved until it conflicts with no task."""

import numpy as np

from mtldemo.lazy_torch import Tensor
from mtldemo.weighting.base import NON_CONFLICTING, NOT_NEGATIVE, GradientStrategy
from mtldemo.weighting.solvers.cone import project
from mtldemo.weighting.solvers.cosines import weigh


class DualConeProjection(GradientStrategy):
    r"""Projects the mean gradient onto the directions that conflict with no task.

    .. math:: d = \arg\min_{g_k \cdot y \ge 0\ \forall k} \Big\|y - \frac1K \sum_k g_k\Big\|, \qquad
        w = \arg\min_{v \ge 1/K} v^\top G v

    Gramian [K, K] -> weights [K], at least 1/K. The direction conflicts with no task. No hyper-parameters.

    Paper: Lopez-Paz, Ranzato, Gradient Episodic Memory for Continual Learning, NeurIPS 2017 (its equation 11), for the
    mean gradient as in Quinton, Rey 2024. Departures: solved exactly, where TorchJD adds 1e-4 to the Gramian's
    diagonal.
    """

    name = "dualproj"
    title = "Dual cone projection (DualProj)"
    idea = (
        "Takes the mean gradient and moves it as little as it takes to conflict with no task. A task with a long "
        "gradient still decides most of where it points."
    )
    formula = (
        r"d = \arg\min_{g_k \cdot y \ge 0\ \forall k} \left\| y - \frac{1}{K} \sum_k g_k \right\|, \qquad "
        r"w = \arg\min_{v \ge 1/K} v^\top G v"
    )
    paper = "Lopez-Paz, Ranzato, Gradient Episodic Memory for Continual Learning, NeurIPS 2017"
    cost = "K backward passes"
    keeps = frozenset({NON_CONFLICTING, NOT_NEGATIVE})

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]."""
        return weigh(gramian, _weights)


def _weights(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    longest = norms.max()
    wanted = norms[:, None] / longest / len(norms)
    return project(cosines, wanted)[:, 0] * (longest / norms)
