"""IMTL: losses brought to one size, and gradients with equal projections."""

from collections.abc import Sequence

from mtldemo.lazy_torch import Tensor, nn, torch
from mtldemo.tasks import Task
from mtldemo.weighting.base import GradientStrategy, Speed, within_range
from mtldemo.weighting.solvers.cosines import weigh
from mtldemo.weighting.solvers.impartial import impartial


class Impartial(GradientStrategy):
    r"""Scales each loss to one by a learned factor, then balances the gradients of the scaled losses.

    .. math:: \min_s \sum_k e^{s_k} L_k - s_k, \qquad w_k = e^{s_k} \alpha_k, \qquad
        \alpha \propto \tilde G^{-1} (\|\tilde g_1\|, \dots, \|\tilde g_K\|)^\top, \quad \sum_k \alpha_k = 1, \quad
        \tilde g_k = e^{s_k} g_k

    Gramian [K, K] and losses [K] -> weights [K], whose sum follows the size of the losses; some may be negative.
    ``log_scale`` [K] is s, from 0, kept within -80 ... 30; it settles at -log L. ``speed``: 0.01 to 1000 times the
    network's learning rate.

    Paper: Liu et al., Towards Impartial Multi-Task Learning, ICLR 2021. Departures: as in ``imtl_g`` and ``imtl_l``;
    each head gets its task's whole weight, where the paper's get the factor e^s alone.
    """

    name = "imtl"
    title = "Impartial learning, both parts (IMTL)"
    idea = (
        "Learns a factor that brings each loss to 1, and then takes the direction that projects equally on all task "
        "gradients. The first sets the pace of the heads, the second that of the shared network."
    )
    formula = (
        r"w_k = e^{s_k} \alpha_k, \qquad \min_s \sum_k e^{s_k} L_k - s_k, \qquad "
        r"\alpha \propto \tilde G^{-1} \left(\|\tilde g_1\|, \dots, \|\tilde g_K\|\right)^\top"
    )
    paper = "Liu, Li, Kuang, Xue, Chen, Yang, Liao, Zhang, Towards Impartial Multi-Task Learning, ICLR 2021"
    cost = "K backward passes"

    def __init__(self, tasks: Sequence[Task], *, speed: Speed = 10.0) -> None:
        super().__init__(tasks)
        self.speed = speed
        self.log_scale = nn.Parameter(torch.zeros(len(self.tasks)))

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] -> weights [K]; fills the gradient of ``log_scale``."""
        if self.training:
            within_range(self.log_scale)
        factors = self.log_scale.detach().exp()
        # The derivative of e^s L - s.
        self.log_scale.grad = factors * losses - 1
        return factors.to(gramian) * weigh(gramian, impartial, units=1 / factors.double())
