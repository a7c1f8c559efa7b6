"""GradNorm: learned weights that keep the gradients of all tasks at a common length."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import NOT_NEGATIVE, SMALLEST_LOSS, GradientStrategy

SMALLEST_WEIGHT = 1e-8


class GradNorm(GradientStrategy):
    r"""Learns weights under which tasks that lag behind get longer gradients, and all others equal ones.

    .. math:: \min_w \sum_k \Big| w_k \|g_k\| - \bar n\, r_k^\alpha \Big|, \qquad
        \bar n = \frac1K \sum_k w_k \|g_k\|, \quad r_k = \frac{L_k / L_k^{(0)}}{\frac1K \sum_i L_i / L_i^{(0)}}, \quad
        \sum_k w_k = K

    n r^alpha is taken as constant. Gramian [K, K] and losses [K] -> weights [K] > 0, sum K. ``alpha``: 0 (equal
    lengths) to 3, default 1.5. ``rate`` of the weights: 0.0001 to 1, default 0.025. State: ``weights`` [K], which this
    step applies and then moves, and ``initial`` [K], the first losses above zero.

    Paper: Chen, Badrinarayanan, Lee, Rabinovich, GradNorm, ICML 2018. Departures: the step is taken on log w and in
    units of n, w <- w exp(-rate x sign x w |g| / n), so that weights stay positive and the unit of a loss plays no
    part. The paper takes the gradients at the last shared layer: choose the last block for that.
    """

    name = "gradnorm"
    title = "Gradient normalisation (GradNorm)"
    idea = (
        "Adjusts the weights until all task gradients are equally long, and longer for tasks whose loss has fallen "
        "less than the others'. The weights are learned, a small step at a time."
    )
    formula = (
        r"\min_w \sum_k \left| w_k \|g_k\| - \bar n\, r_k^\alpha \right|, \qquad "
        r"r_k = \frac{L_k / L_k^{(0)}}{\frac{1}{K} \sum_i L_i / L_i^{(0)}}, \qquad \sum_k w_k = K"
    )
    paper = (
        "Chen, Badrinarayanan, Lee, Rabinovich, GradNorm: Gradient Normalization for Adaptive Loss Balancing in Deep "
        "Multitask Networks, ICML 2018"
    )
    cost = "K backward passes"
    keeps = frozenset({NOT_NEGATIVE})

    weights: Tensor
    initial: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        alpha: Annotated[
            float, Setting("Pull", "How strongly tasks that lag behind are favoured; 0 is not at all.", low=0, high=3)
        ] = 1.5,
        rate: Annotated[float, Setting("Rate", "Step size of the weights.", low=1e-4, high=1)] = 0.025,
    ) -> None:
        super().__init__(tasks)
        self.alpha = alpha
        self.rate = rate
        self.register_buffer("weights", torch.ones(len(self.tasks), dtype=torch.float64))
        self.register_buffer("initial", torch.zeros(len(self.tasks), dtype=torch.float64))

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] -> weights [K]; in training mode they then take their step."""
        weights = self.weights.clone()
        if self.training:
            self._move(gramian.diagonal().to(weights).clamp(min=0).sqrt(), losses.to(weights))
        return weights.to(gramian)

    def _move(self, norms: Tensor, losses: Tensor) -> None:
        self.initial.copy_(torch.where(self.initial > 0, self.initial, losses))
        left = (losses + SMALLEST_LOSS) / (self.initial + SMALLEST_LOSS)
        lengths = self.weights * norms
        aims = (left / left.mean()).pow(self.alpha) * lengths.mean()
        # Nothing moves where all gradients are zero.
        share = lengths / lengths.mean().clamp(min=torch.finfo(lengths.dtype).tiny)
        # Where a length is what it should be, rounding doesn't decide which way it goes.
        side = torch.sign(lengths - aims).where((lengths - aims).abs() > 1e-12 * aims, 0.0)
        moved = self.weights * torch.exp(-self.rate * side * share)
        moved = (moved * (len(moved) / moved.sum())).clamp(min=SMALLEST_WEIGHT)
        self.weights.copy_(moved * (len(moved) / moved.sum()))
