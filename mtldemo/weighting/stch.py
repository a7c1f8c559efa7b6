"""STCH: a smooth form of minimising the worst loss."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import SMALLEST_LOSS
from mtldemo.weighting.epochs import EpochStrategy


class SmoothTchebycheff(EpochStrategy):
    r"""Minimises a smooth maximum of the losses, each compared with what it was after a warm-up.

    .. math:: \mathcal{L} = K \mu \ln \sum_k e^{f_k / \mu}, \quad f_k = \ln (L_k / n_k), \quad
        w_k = K\, \mathrm{softmax}_k(f / \mu) / L_k

    ``losses`` [K] -> objective [], weights [K]. For ``warmup`` epochs (1 to 1000, default 4) the objective is the sum
    of ln L, so w = 1/L; the means over the last of them are the nadir n. ``smoothness`` mu: 0.01 to 100, default 1;
    smaller comes closer to the worst loss alone. State: ``nadir`` [K], the running ``total`` [K] and ``steps`` of this
    epoch, and ``epochs`` ended.

    Paper: Lin, Zhang, Yang, Liu, Wang, Zhang, Smooth Tchebycheff Scalarization for Multi-Objective Optimization, ICML
    2024. Departures: the authors' code takes the nadir from a fifth epoch of the sum of ln L, here the last warm-up
    epoch gives it; all tasks are preferred alike; 1e-12 is added to each loss.
    """

    name = "stch"
    title = "Smooth Chebyshev (STCH)"
    idea = (
        "Pushes hardest on the task that has improved least since the warm-up, by a smooth form of the maximum. Every "
        "trade-off between the tasks can be reached that way, also those that no weighted sum finds."
    )
    formula = (
        r"\mathcal{L} = K \mu \ln \sum_k e^{f_k / \mu}, \quad f_k = \ln \frac{L_k}{n_k}, \qquad "
        r"w_k = \frac{K}{L_k}\, \mathrm{softmax}_k(f / \mu)"
    )
    paper = (
        "Lin, Zhang, Yang, Liu, Wang, Zhang, Smooth Tchebycheff Scalarization for Multi-Objective Optimization, "
        "ICML 2024"
    )

    nadir: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        smoothness: Annotated[
            float, Setting("Smoothness", "Smaller looks at the worst task alone.", low=0.01, high=100)
        ] = 1.0,
        warmup: Annotated[
            int, Setting("Warm-up", "Epochs of log losses before the method begins.", low=1, high=1000, unit="epochs")
        ] = 4,
    ) -> None:
        super().__init__(tasks)
        self.smoothness = smoothness
        self.warmup = warmup
        self.register_buffer("nadir", torch.ones(len(self.tasks)))

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> the objective, and the weights [K] in its gradient; in training they join the nadir."""
        self.count(losses)
        logs, warm = (losses + SMALLEST_LOSS).log(), self.epochs < self.warmup
        scaled = (logs - self.nadir.log()) / self.smoothness
        count = len(losses)
        # Chosen by where, not if: reading a counter from a GPU would stall every step.
        objective = torch.where(warm, logs.sum(), count * self.smoothness * scaled.logsumexp(dim=0))
        share = torch.where(warm, torch.ones_like(logs), count * scaled.softmax(dim=0))
        return objective, (share / (losses + SMALLEST_LOSS)).detach()

    def take(self, mean: Tensor) -> None:
        """The ``mean`` [K] of the last warm-up epoch is the nadir."""
        if int(self.epochs) == self.warmup:
            self.nadir.copy_(mean + SMALLEST_LOSS)
