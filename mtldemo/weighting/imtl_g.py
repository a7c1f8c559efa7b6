"""IMTL-G: a direction with the same projection on every task gradient."""

from mtldemo.lazy_torch import Tensor
from mtldemo.weighting.base import SCALE_INVARIANT, SUM_TO_ONE, GradientStrategy
from mtldemo.weighting.solvers.cosines import weigh
from mtldemo.weighting.solvers.impartial import impartial


class ImpartialGradients(GradientStrategy):
    r"""Finds the combination of the task gradients that projects equally on each of them.

    .. math:: d = \sum_k w_k\, g_k, \quad \sum_k w_k = 1, \quad d \cdot \frac{g_1}{\|g_1\|} = \dots
        = d \cdot \frac{g_K}{\|g_K\|} \quad\Longrightarrow\quad w \propto G^{-1} (\|g_1\|, \dots, \|g_K\|)^\top

    G is the Gramian [K, K] -> weights [K], sum 1; some may be negative, and large where the sum comes near zero. No
    hyper-parameters. Multiplying one task's loss by a constant changes the direction's length, nothing else.

    Paper: Liu et al., Towards Impartial Multi-Task Learning, ICLR 2021 (its gradient balance). Departures: dependent
    gradients take the pseudo-inverse, as in TorchJD; weights that would exceed 1e6 are 1/K each (TorchJD: zero).
    """

    name = "imtl_g"
    title = "Impartial gradient balance (IMTL-G)"
    idea = (
        "Takes the direction whose projection on every task's gradient is equally long, in closed form. No task is "
        "favoured for the length of its gradient."
    )
    formula = r"w \propto G^{-1} \left(\|g_1\|, \dots, \|g_K\|\right)^\top, \qquad \sum_k w_k = 1"
    paper = (
        "Liu, Li, Kuang, Xue, Chen, Yang, Liao, Zhang, Towards Impartial Multi-Task Learning, ICLR 2021 (gradient "
        "balance)"
    )
    cost = "K backward passes"
    keeps = frozenset({SCALE_INVARIANT, SUM_TO_ONE})

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]."""
        return weigh(gramian, impartial)
