"""IMTL-L: a learned scale brings every loss to one."""

from collections.abc import Sequence

from mtldemo.lazy_torch import Tensor, nn, torch
from mtldemo.tasks import Task
from mtldemo.weighting.base import LossStrategy, Speed, within_range


class ImpartialLoss(LossStrategy):
    r"""Learns a factor for each loss that brings them all to the same size, 1.

    .. math:: \mathcal{L} = \sum_k e^{s_k} L_k - s_k, \qquad w_k = e^{s_k}

    ``losses`` [K] -> objective [], weights [K]. ``log_scale`` [K] is s, from 0, kept within -80 ... 30. It settles
    where its derivative e^s L - 1 is zero: w = 1/L, L being the mean training loss. ``speed``: 0.01 to 1000 times the
    network's learning rate.

    Paper: Liu et al., Towards Impartial Multi-Task Learning, ICLR 2021 (its loss balance). Departures: s learns
    ``speed`` times as fast as the network (default 10; 1 is the common practice).
    """

    name = "imtl_l"
    title = "Impartial loss balance (IMTL-L)"
    idea = (
        "Learns a factor for each task until all weighted losses are 1. No task is favoured for the size of its loss, "
        "and the factors follow slowly where the batch is noisy."
    )
    formula = r"\mathcal{L} = \sum_k e^{s_k} L_k - s_k, \qquad w_k = e^{s_k}"
    paper = (
        "Liu, Li, Kuang, Xue, Chen, Yang, Liao, Zhang, Towards Impartial Multi-Task Learning, ICLR 2021 (loss balance)"
    )

    def __init__(self, tasks: Sequence[Task], *, speed: Speed = 10.0) -> None:
        super().__init__(tasks)
        self.speed = speed
        self.log_scale = nn.Parameter(torch.zeros(len(self.tasks)))

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> the objective, and the weights e^s [K]."""
        if self.training:
            within_range(self.log_scale)
        weights = self.log_scale.exp()
        return (weights * losses - self.log_scale).sum(), weights.detach()
