"""FAMO: weights that make all losses fall at the same relative rate."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import LOSSES_AFTER, SMALLEST_LOSS, LossStrategy

BETAS, SMALLEST_ROOT = (0.9, 0.999), 1e-8
"""Of Adam, its usual ones."""


class FastAdaptive(LossStrategy):
    r"""Shifts weight to the tasks whose loss has just fallen least, as a share of itself.

    .. math:: w_k = c\, z_k / L_k, \quad z = \mathrm{softmax}(\xi), \quad c = 1 \Big/ \sum_i z_i / L_i

    ``losses`` [K] -> objective [] (c times the sum of z ln L), weights [K] (sum 1). After the network's step,
    ``after_step`` takes the losses L' of the same batch, and Adam moves xi down the gradient J (ln L - ln L') + d xi,
    J being the Jacobian of the softmax. ``rate``: Adam's learning rate, 1e-4 to 1. ``decay`` d: 0 to 1. State: ``xi``
    [K], Adam's ``mean`` and ``square`` [K] and ``steps``, and the last ``before`` [K].

    Paper: Liu, Feng, Stone, Liu, FAMO: Fast Adaptive Multitask Optimization, NeurIPS 2023. Departures: the least
    possible loss is 0, and 1e-12 is added to each loss where the authors' code adds 1e-8. Costs one forward pass more.
    """

    name = "famo"
    title = "FAMO"
    idea = (
        "Checks after each step by what share every loss fell, and gives more weight to the slowest. That balances "
        "progress without looking at a single gradient."
    )
    formula = (
        r"w_k = c\, \frac{z_k}{L_k}, \quad z = \mathrm{softmax}(\xi), \quad c = \Big(\sum_i \frac{z_i}{L_i}\Big)^{-1}, "
        r"\qquad \nabla_\xi = J_z^\top \ln \frac{L}{L'} + d\, \xi"
    )
    paper = "Liu, Feng, Stone, Liu, FAMO: Fast Adaptive Multitask Optimization, NeurIPS 2023"
    cost = "1 backward pass and 1 more forward pass"
    needs = frozenset({LOSSES_AFTER})

    xi: Tensor
    mean: Tensor
    square: Tensor
    steps: Tensor
    before: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        rate: Annotated[float, Setting("Rate", "Learning rate of the weights.", low=1e-4, high=1)] = 0.025,
        decay: Annotated[float, Setting("Decay", "Pull back to even weights.", low=0, high=1)] = 1e-3,
    ) -> None:
        super().__init__(tasks)
        self.rate = rate
        self.decay = decay
        for name in ("xi", "mean", "square"):
            self.register_buffer(name, torch.zeros(len(self.tasks)))
        self.register_buffer("before", torch.ones(len(self.tasks)))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> the objective, and the weights c z / L [K]."""
        positive, share = losses + SMALLEST_LOSS, torch.softmax(self.xi, dim=0)
        ratios = share / positive.detach()
        factor = 1 / ratios.sum()
        if self.training:
            self.before.copy_(positive.detach())
        return factor * (share * positive.log()).sum(), factor * ratios

    def after_step(self, losses: Tensor) -> None:
        """Move xi by the change from the last ``forward`` to ``losses`` [K]."""
        share = torch.softmax(self.xi, dim=0)
        fall = self.before.log() - (losses + SMALLEST_LOSS).log()
        gradient = share * (fall - (share * fall).sum()) + self.decay * self.xi
        self.steps += 1
        self.mean.lerp_(gradient, 1 - BETAS[0])
        self.square.lerp_(gradient.square(), 1 - BETAS[1])
        mean = self.mean / (1 - BETAS[0] ** self.steps)
        square = self.square / (1 - BETAS[1] ** self.steps)
        self.xi -= self.rate * mean / (square.sqrt() + SMALLEST_ROOT)
