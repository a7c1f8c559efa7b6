"""DB-MTL: log losses, and averaged gradients stretched to one length."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import PARAMETERS, SMALLEST_LOSS, GradientMerge, present
from mtldemo.weighting.solvers.inner_products import SMALLEST, gramian, largest, representable

LARGEST = 1e33
"""The gradient of a log loss is shortened to where no number in it is larger: beyond 3e38 it would be infinite."""


class DualBalancing(GradientMerge):
    r"""Balances losses by their logarithm, and gradients by stretching each to the length of the longest.

    .. math:: \hat g_k \leftarrow \beta_t\, \hat g_k + (1 - \beta_t)\, \nabla \log L_k, \qquad
        d = \alpha \sum_k \frac{\hat g_k}{\|\hat g_k\|}, \qquad \alpha = \max_k \|\hat g_k\|, \qquad
        \beta_t = \beta / t^\sigma

    Gradients [K, P] and losses [K] -> direction [P], and weights [K] = alpha / (norm of the average x L): what the
    method multiplies a gradient of this step by, beside the moving average; the heads get that. ``beta``: 0 to 0.999,
    default 0.9. ``sigma``: 0 to 2, default 0. State: ``average`` [K, P], ``steps``.

    Paper: Lin et al., Dual-Balancing for Multi-Task Learning, 2023 (arXiv 2308.12029). Departures: the heads get the
    weight as well (the authors' get 1 / L); a task without labels in a batch keeps its average; 1e-12 is added to L
    (1e-8 in the authors' code, whose beta and sigma these are); a gradient of log L is shortened to numbers of at most
    1e33.
    """

    name = "db_mtl"
    title = "Dual balancing (DB-MTL)"
    idea = (
        "Takes the logarithm of each loss, so that its unit plays no part, and stretches all task gradients to the "
        "length of the longest. The gradients are averaged over some batches first."
    )
    formula = (
        r"\hat g_k \leftarrow \beta_t\, \hat g_k + (1 - \beta_t)\, \nabla \log L_k, \qquad "
        r"d = \max_i \|\hat g_i\| \sum_k \frac{\hat g_k}{\|\hat g_k\|}"
    )
    paper = (
        "Lin, Jiang, Ye, Zhang, Chen, Chen, Liu, Kwok, Dual-Balancing for Multi-Task Learning, arXiv 2308.12029, 2023"
    )
    cost = "K backward passes, and memory for K more gradients"
    needs = frozenset({PARAMETERS})

    average: Tensor
    steps: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        beta: Annotated[float, Setting("Memory", "Share of the old average in the new.", low=0, high=0.999)] = 0.9,
        sigma: Annotated[float, Setting("Forgetting", "Larger averages less as time goes on.", low=0, high=2)] = 0.0,
    ) -> None:
        super().__init__(tasks)
        self.beta, self.sigma = beta, sigma
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.prepare(0)

    def prepare(self, parameters: int) -> None:
        """Shape ``average``."""
        self.register_buffer("average", torch.zeros(len(self.tasks), parameters))

    def forward(self, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients [K, P] and losses [K] -> the direction [P], and the weights [K]."""
        self.steps += 1
        new = 1 - self.beta * int(self.steps) ** -self.sigma
        inverse = 1 / (losses.to(gradients) + SMALLEST_LOSS)
        for index in present(gradients).nonzero().flatten().tolist():
            row = gradients[index]
            self.average[index].lerp_(row.mul_(min(inverse[index].item(), LARGEST / largest([row]))), new)
        norms = gramian([[row] for row in self.average]).diagonal().sqrt()
        # In two steps: float32 holds the inverse of the shortest and the length of the longest, not always the ratio.
        stretch = torch.where(norms > SMALLEST, 1 / norms.clamp(min=SMALLEST), 0.0)
        direction = (self.average.T @ stretch.to(gradients)).mul_(norms.max().item())
        return direction, representable(norms.max() * stretch * inverse.cpu().double(), gradients)
