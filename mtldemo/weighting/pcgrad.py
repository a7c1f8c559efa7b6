"""PCGrad: each gradient gives up what conflicts with another."""

from collections.abc import Sequence

import numpy as np

from mtldemo.lazy_torch import Tensor
from mtldemo.tasks import Task
from mtldemo.weighting.base import NOT_NEGATIVE, GradientStrategy
from mtldemo.weighting.draws import Draws
from mtldemo.weighting.solvers.cosines import ROUNDING, stretched, weigh_all


class GradientSurgery(GradientStrategy):
    r"""Projects each task gradient onto the normal plane of those it conflicts with, one after the other, at random.

    .. math:: \tilde g_i \leftarrow \tilde g_i - \frac{\min(0, \tilde g_i \cdot g_j)}{\|g_j\|^2}\, g_j, \qquad
        d = \sum_i \tilde g_i = \sum_k w_k\, g_k

    Gramian [K, K] -> weights [K], at least 1, whatever they sum to (K without conflict). All products follow from the
    Gramian, so that the weights give the method's very direction. With more than two tasks the order matters, and the
    result may still conflict. State: the count of ``draws``. No hyper-parameters.

    Paper: Yu, Kumar, Gupta, Levine, Hausman, Finn, Gradient Surgery for Multi-Task Learning, NeurIPS 2020. No
    departures: the projected gradients are summed, as in its Algorithm 1; some code takes their mean.
    """

    name = "pcgrad"
    title = "Gradient surgery (PCGrad)"
    idea = (
        "Where two task gradients pull against each other, each gives up the part that hurts the other. Without "
        "conflict it is the plain sum."
    )
    formula = (
        r"\tilde g_i \leftarrow \tilde g_i - \frac{\min(0,\ \tilde g_i \cdot g_j)}{\|g_j\|^2}\, g_j "
        r"\quad (j \text{ at random}), \qquad d = \sum_i \tilde g_i"
    )
    paper = "Yu, Kumar, Gupta, Levine, Hausman, Finn, Gradient Surgery for Multi-Task Learning, NeurIPS 2020"
    cost = "K backward passes"
    keeps = frozenset({NOT_NEGATIVE})

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__(tasks)
        self.draws = Draws(tasks)

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]."""
        orders = self.draws.orders()
        return weigh_all(gramian, lambda norms, cosines: stretched(norms, _projected(cosines, orders)).sum(axis=0))


def _projected(cosines: np.ndarray, orders: dict[int, list[int]]) -> np.ndarray:
    """Each unit gradient after the projections in its order, as a sum of all unit gradients: rows of [K, K]."""
    parts = np.eye(len(cosines))
    for i, order in orders.items():
        for j in order:
            product = parts[i] @ cosines[j]
            if j != i and product < -ROUNDING:
                parts[i, j] -= product
    return parts
