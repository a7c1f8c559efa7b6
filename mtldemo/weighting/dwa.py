"""Dynamic weight average: a task whose loss falls slowly gets more weight."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.epochs import EpochStrategy


class DynamicWeightAverage(EpochStrategy):
    r"""Gives more weight to tasks whose loss fell least over the last two epochs.

    .. math:: w_k = K\, \mathrm{softmax}_k\!\left(r_k / T\right), \qquad r_k = \bar L_k^{(t-1)} / \bar L_k^{(t-2)}

    ``losses`` [K] -> objective [], weights [K] (sum K). The means are over the steps of an epoch; w = 1 in the first
    two epochs. ``temperature`` T: 0.01 to 100, default 2; larger is more even. State: ``means`` [2, K] (epoch before
    last, the last), the running ``total`` [K] and ``steps`` of this epoch, ``epochs`` ended.

    Paper: Liu, Johns, Davison, End-to-End Multi-Task Learning with Attention, CVPR 2019. Departures: a task whose
    earlier mean is zero counts as one that doesn't fall (r = 1), and r is at most 1e6, so that weights stay finite.
    """

    name = "dwa"
    title = "Dynamic weight average"
    idea = (
        "Compares each task's mean loss over the last epoch with the epoch before. A task that improves slowly gets "
        "more weight in the next one, whatever the size of its loss."
    )
    formula = (
        r"w_k = K\, \frac{e^{r_k / T}}{\sum_i e^{r_i / T}}, \qquad "
        r"r_k = \frac{\bar L_k^{(t-1)}}{\bar L_k^{(t-2)}}"
    )
    paper = "Liu, Johns, Davison, End-to-End Multi-Task Learning with Attention, CVPR 2019"

    means: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        temperature: Annotated[
            float, Setting("Temperature", "Larger makes the weights more even.", low=0.01, high=100)
        ] = 2.0,
    ) -> None:
        super().__init__(tasks)
        self.temperature = temperature
        self.register_buffer("means", torch.zeros(2, len(self.tasks)))

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> their weighted sum, and this epoch's weights [K]; in training mode they join its mean."""
        weights = self._weights().to(losses.dtype)
        self.count(losses)
        return (weights * losses).sum(), weights

    def take(self, mean: Tensor) -> None:
        """``mean`` [K] of the last epoch joins that of the epoch before."""
        self.means.copy_(torch.stack([self.means[1], mean]))

    def _weights(self) -> Tensor:
        # Chosen by where, not if: reading a counter from a GPU would stall every step.
        before, last = self.means
        ratio = torch.where(before > 0, last / before, torch.ones_like(last)).clamp(max=1e6)
        weights = len(self.tasks) * torch.softmax(ratio / self.temperature, dim=0)
        return torch.where(self.epochs < 2, torch.ones_like(weights), weights)
