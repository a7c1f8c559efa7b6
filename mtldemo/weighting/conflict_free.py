"""ConFIG: a direction at the same angle to every task gradient."""

import numpy as np

from mtldemo.lazy_torch import Tensor
from mtldemo.weighting.base import NON_CONFLICTING, SCALE_INVARIANT, GradientStrategy
from mtldemo.weighting.solvers.cosines import weigh
from mtldemo.weighting.solvers.impartial import level


class ConflictFree(GradientStrategy):
    r"""Takes the direction that has the same cosine with all task gradients, as long as their projections together.

    .. math:: d = \Big(\sum_k g_k \cdot u\Big) u, \qquad u = \frac{U^+ \mathbf 1}{\|U^+ \mathbf 1\|}, \qquad
        U = (g_1 / \|g_1\|, \dots, g_K / \|g_K\|)^\top

    From the Gramian alone: with C = U U^T the cosines, v = C^+ 1, it is w_k = (sum_i |g_i| (C v)_i) / (v^T C v) x v_k /
    |g_k|. Gramian [K, K] -> weights [K]; some may be negative. With independent gradients the direction conflicts with
    no task. No hyper-parameters.

    Paper: Liu, Chu, Thuerey, ConFIG: Towards Conflict-free Training of Physics Informed Neural Networks, ICLR 2025.
    Departures: where the gradients cancel, so that U^+ 1 is zero, the weights are zero.
    """

    name = "config"
    title = "Conflict-free direction (ConFIG)"
    idea = (
        "Takes the one direction that makes the same angle with every task gradient, so that all tasks improve alike. "
        "Its length shrinks where the gradients disagree."
    )
    formula = (
        r"d = \left(\sum_k g_k \cdot u\right) u, \qquad u = \frac{U^+ \mathbf{1}}{\|U^+ \mathbf{1}\|}, \qquad "
        r"U = \left(\tfrac{g_1}{\|g_1\|}, \dots, \tfrac{g_K}{\|g_K\|}\right)^{\!\top}"
    )
    paper = "Liu, Chu, Thuerey, ConFIG: Towards Conflict-free Training of Physics Informed Neural Networks, ICLR 2025"
    cost = "K backward passes"
    keeps = frozenset({NON_CONFLICTING, SCALE_INVARIANT})

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]."""
        return weigh(gramian, _weights)


def _weights(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    combined = level(cosines)
    reached = cosines @ combined
    square = combined @ reached
    if square <= 1e-12:
        return np.zeros_like(norms)
    return (norms @ reached) / square * combined / norms
