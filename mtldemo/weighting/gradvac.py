"""GradVac: pulls gradients together until they are as much alike as they usually are."""

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import NOT_NEGATIVE, GradientStrategy
from mtldemo.weighting.draws import Draws
from mtldemo.weighting.solvers.cosines import ROUNDING, stretched, weigh_all

HIGHEST = 1 - 1e-6
"""Largest cosine that is aimed at; the formula divides by zero at 1."""


class GradientVaccine(GradientStrategy):
    r"""Raises the cosine of two task gradients to its own moving average wherever it falls below that.

    .. math:: \tilde g_i \leftarrow \tilde g_i + \frac{\|\tilde g_i\| (\hat\phi_{ij} \sqrt{1 - \phi_{ij}^2}
        - \phi_{ij} \sqrt{1 - \hat\phi_{ij}^2})}{\|g_j\| \sqrt{1 - \hat\phi_{ij}^2}}\, g_j
        \quad \text{if } \phi_{ij} < \hat\phi_{ij}, \qquad
        \hat\phi_{ij} \leftarrow (1 - \beta) \hat\phi_{ij} + \beta \phi_{ij}

    phi is the cosine of the changed gradient i with g_j, for j in random order; the direction is their sum. Gramian
    [K, K] -> weights [K], at least 1. ``beta``: 0 to 1, default 0.5; with 0 the average stays 0, which is PCGrad.
    State: ``averages`` [K, K], the count of ``draws``.

    Paper: Wang, Tsvetkov, Firat, Cao, Gradient Vaccine, ICLR 2021. Departures: beta is 0.5 as in LibMTL (the paper's
    is 0.01); the cosine aimed at is at most 1 - 1e-6; one group, all shared parameters.
    """

    name = "gradvac"
    title = "Gradient vaccine (GradVac)"
    idea = (
        "Remembers how much alike the gradients of two tasks usually are, and pulls them together whenever they are "
        "less so. It acts before gradients conflict, where PCGrad waits until they do."
    )
    formula = (
        r"\tilde g_i \leftarrow \tilde g_i + \frac{\|\tilde g_i\| \left(\hat\phi_{ij} \sqrt{1 - \phi_{ij}^2} - "
        r"\phi_{ij} \sqrt{1 - \hat\phi_{ij}^2}\right)}{\|g_j\| \sqrt{1 - \hat\phi_{ij}^2}}\, g_j "
        r"\quad \text{if } \phi_{ij} < \hat\phi_{ij}"
    )
    paper = "Wang, Tsvetkov, Firat, Cao, Gradient Vaccine, ICLR 2021"
    cost = "K backward passes"
    keeps = frozenset({NOT_NEGATIVE})

    averages: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        beta: Annotated[
            float, Setting("Memory", "Share of the newest cosine in the moving average.", low=0, high=1)
        ] = 0.5,
    ) -> None:
        super().__init__(tasks)
        self.beta = beta
        self.draws = Draws(tasks)
        self.register_buffer("averages", torch.zeros(len(self.tasks), len(self.tasks), dtype=torch.float64))

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]; in training mode the averages follow."""
        orders = self.draws.orders()
        averages = self.averages.cpu().numpy().copy()
        weights = weigh_all(
            gramian, lambda norms, cosines: stretched(norms, self._raised(cosines, orders, averages)).sum(axis=0)
        )
        if self.training:
            self.averages.copy_(torch.from_numpy(averages))
        return weights

    def _raised(self, cosines: np.ndarray, orders: dict[int, list[int]], averages: np.ndarray) -> np.ndarray:
        """Each unit gradient after its changes, as a sum of all unit gradients: rows of [K, K]. ``averages`` follow."""
        parts = np.eye(len(cosines))
        for i, order in orders.items():
            for j in order:
                mixed = cosines @ parts[i]
                square = parts[i] @ mixed
                # A gradient of zero has no angle to any other.
                if j == i or square <= ROUNDING or cosines[j, j] == 0:
                    continue
                own = math.sqrt(square)
                cosine = max(-1.0, min(1.0, mixed[j] / own))
                aim = min(averages[i, j], HIGHEST)
                if cosine < aim - ROUNDING:
                    rise = aim * math.sqrt(1 - cosine**2) / math.sqrt(1 - aim**2) - cosine
                    parts[i, j] += own * rise
                averages[i, j] += self.beta * (cosine - averages[i, j])
        return parts
