"""GradVac: pulls gradients together until they are as much alike as they usually are."""

import math
from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor

from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import GradientStrategy
from mtldemo.weighting.draws import Draws

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
        products, averages = gramian.tolist(), self.averages.tolist()
        count = len(products)
        weights = [0.0] * count
        for i in sorted(range(count), key=lambda place: self.tasks[place].name):
            parts = [float(k == i) for k in range(count)]
            for j in self.draws.order():
                mixed = [sum(part * row[k] for part, row in zip(parts, products, strict=True)) for k in range(count)]
                own = math.sqrt(max(sum(part * one for part, one in zip(parts, mixed, strict=True)), 0.0))
                other = math.sqrt(max(products[j][j], 0.0))
                # A gradient of zero has no angle to any other.
                if j == i or own == 0 or other == 0:
                    continue
                cosine = max(-1.0, min(1.0, mixed[j] / own / other))
                aim = min(averages[i][j], HIGHEST)
                if cosine < aim:
                    rise = aim * math.sqrt(1 - cosine**2) / math.sqrt(1 - aim**2) - cosine
                    parts[j] += own / other * rise
                averages[i][j] += self.beta * (cosine - averages[i][j])
            weights = [total + part for total, part in zip(weights, parts, strict=True)]
        if self.training:
            self.averages.copy_(self.averages.new_tensor(averages))
        return gramian.new_tensor(weights)
