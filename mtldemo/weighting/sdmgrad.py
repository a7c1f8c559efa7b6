"""SDMGrad: MGDA held near the mean gradient, from independent samples."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import PARAMETERS, SUM_TO_ONE, GradientMerge
from mtldemo.weighting.solvers.inner_products import gramian
from mtldemo.weighting.solvers.simplex import nearest


class DirectionOriented(GradientMerge):
    r"""Looks for the shortest combination of gradients like MGDA, but leans towards their mean.

    .. math:: w \leftarrow \Pi_\Delta\big(w - \eta\, (J J'^\top)(w + \lambda w_0)\big), \qquad
        d = \frac{1}{1 + \lambda} J^\top (w + \lambda w_0), \qquad w_0 = \tfrac1K

    J [K, P] are this batch's gradients, J' the last batch's: two samples, so that the noise of a batch doesn't pass for
    length. The weights [K] that are applied and told, (w + lambda w_0) / (1 + lambda), sum to 1. ``pull`` lambda: 0
    (MGDA) to 10, default 0.3. ``rate`` eta: 0.001 to 10, default 0.1; ``steps``: 1 to 100 of them a batch, default 20.
    State: w [K], ``earlier`` [K, P] and its ``norms`` [K].

    Paper: Xiao, Ban, Ji, Direction-oriented Multi-objective Learning, NeurIPS 2023. Departures: the second sample is
    the batch before, one step older, where the paper draws two more batches; J J' is divided by the mean product of
    the norms (the authors' code: the mean root of its diagonal, squared); no momentum, and a rate
    that converges (that code: 10 and a momentum of 0.5, with lambda 0.6, or 0.3 for NYUv2).
    """

    name = "sdmgrad"
    title = "Direction-oriented descent (SDMGrad)"
    idea = (
        "Searches for a direction in which no task gets worse, like MGDA, and pulls it towards the mean gradient. It "
        "compares gradients of two different batches, which keeps their noise out of the weights."
    )
    formula = (
        r"w \leftarrow \Pi_\Delta\left(w - \eta\, (J J'^\top)(w + \lambda w_0)\right), \qquad "
        r"d = \frac{1}{1 + \lambda} J^\top (w + \lambda w_0)"
    )
    paper = (
        "Xiao, Ban, Ji, Direction-oriented Multi-objective Learning: Simple and Provable Stochastic Algorithms, "
        "NeurIPS 2023"
    )
    cost = "K backward passes, and memory for K more gradients"
    needs = frozenset({PARAMETERS})
    keeps = frozenset({SUM_TO_ONE})

    weights: Tensor
    earlier: Tensor
    norms: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        pull: Annotated[float, Setting("Pull", "How strongly it leans to the mean gradient.", low=0, high=10)] = 0.3,
        rate: Annotated[float, Setting("Rate", "Step size of the weights.", low=1e-3, high=10)] = 0.1,
        steps: Annotated[int, Setting("Steps", "Steps of the weights in each batch.", low=1, high=100)] = 20,
    ) -> None:
        super().__init__(tasks)
        count = len(self.tasks)
        self.pull, self.rate, self.steps = pull, rate, steps
        self.register_buffer("weights", torch.full((count,), 1 / count, dtype=torch.float64))
        self.register_buffer("norms", torch.zeros(count))
        self.prepare(0)

    def prepare(self, parameters: int) -> None:
        """Shape ``earlier``."""
        self.register_buffer("earlier", torch.zeros(len(self.tasks), parameters))

    def forward(self, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients [K, P] and losses [K] (not read) -> the direction [P], and the weights [K]."""
        count = len(gradients)
        products = gramian([[row] for row in (*gradients, *self.earlier)])
        norms, earlier = products.diagonal().sqrt().split(count)
        # A task's first batch has none before it, and is compared with itself.
        first = earlier == 0
        crossed = products[:count, count:].where(~first, products[:count, :count])
        unit = (norms * earlier.where(~first, norms)).mean().item() or 1.0
        weights = self._solved((crossed / unit).numpy())
        self.weights.copy_(torch.from_numpy(weights))
        applied = torch.from_numpy((weights + self.pull / len(weights)) / (1 + self.pull)).to(gradients)
        direction = gradients.T @ applied
        self.norms.copy_(norms.float().where(norms > 0, self.norms.cpu()))
        for index in norms.nonzero().flatten().tolist():
            self.earlier[index].copy_(gradients[index])
        return direction, applied

    def _solved(self, crossed: np.ndarray) -> np.ndarray:
        weights = self.weights.cpu().numpy()
        for _ in range(self.steps):
            weights = nearest(weights - self.rate * crossed @ (weights + self.pull / len(weights)))
        return weights
