"""MoCo: MGDA on gradients that are tracked over many batches."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import PARAMETERS, SUM_TO_ONE, GradientMerge, present
from mtldemo.weighting.solvers.inner_products import gramian
from mtldemo.weighting.solvers.simplex import nearest


class GradientCorrection(GradientMerge):
    r"""Tracks each task's gradient by a moving average, and moves the weights towards its shortest combination.

    .. math:: y_k \leftarrow y_k - \beta_t (y_k - g_k), \qquad
        \lambda \leftarrow \Pi_\Delta\big(\lambda - \gamma_t (Y Y^\top + \rho I) \lambda\big), \qquad d = Y^\top \lambda

    with beta_t = beta / sqrt t, gamma_t = gamma / sqrt t in step t. Gradients [K, P] -> direction [P], and lambda [K],
    sum 1, which weighs the heads' own gradients. ``tracking`` beta: 0.01 to 1, default 0.5. ``rate`` gamma: 0.0001 to
    10, default 0.1. ``ridge`` rho: 0 to 10, default 0. State: ``tracked`` Y [K, P], lambda, ``steps``.

    Paper: Fernando et al., Mitigating Gradient Bias in Multi-objective Learning, ICLR 2023; the defaults are LibMTL's,
    made with an author's help. Departures: Y Y^T is divided by the mean of its diagonal, which frees the rate from the
    unit of a loss (the authors' code multiplies it by 2; LibMTL makes each gradient as long as its loss instead, and
    takes a softmax for the projection); the authors' beta is 0.1 by default; no bound on the length of y; a task
    without labels in a batch keeps its y.
    """

    name = "moco"
    title = "Tracked gradients (MoCo)"
    idea = (
        "Averages each task's gradient over many batches before it looks for a direction in which no task gets worse. "
        "One batch's noise then no longer decides the weights."
    )
    formula = (
        r"y_k \leftarrow y_k - \beta_t (y_k - g_k), \qquad "
        r"\lambda \leftarrow \Pi_\Delta\left(\lambda - \gamma_t (Y Y^\top + \rho I) \lambda\right), \qquad "
        r"d = Y^\top \lambda"
    )
    paper = (
        "Fernando, Shen, Liu, Chaudhury, Murugesan, Chen, Mitigating Gradient Bias in Multi-objective Learning: A "
        "Provably Convergent Approach, ICLR 2023"
    )
    cost = "K backward passes, and memory for K more gradients"
    needs = frozenset({PARAMETERS})
    keeps = frozenset({SUM_TO_ONE})

    tracked: Tensor
    weights: Tensor
    steps: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        tracking: Annotated[
            float, Setting("Tracking", "Share of the newest gradient in the first average.", low=0.01, high=1)
        ] = 0.5,
        rate: Annotated[float, Setting("Rate", "Step size of the weights.", low=1e-4, high=10)] = 0.1,
        ridge: Annotated[float, Setting("Ridge", "Larger makes the weights more even.", low=0, high=10)] = 0.0,
    ) -> None:
        super().__init__(tasks)
        count = len(self.tasks)
        self.tracking, self.rate, self.ridge = tracking, rate, ridge
        self.register_buffer("weights", torch.full((count,), 1 / count, dtype=torch.float64))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.prepare(0)

    def prepare(self, parameters: int) -> None:
        """Shape ``tracked``."""
        self.register_buffer("tracked", torch.zeros(len(self.tasks), parameters))

    def forward(self, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients [K, P] and losses [K] (not read) -> the direction [P], and lambda [K]."""
        self.steps += 1
        slower = int(self.steps) ** -0.5
        for index in present(gradients).nonzero().flatten().tolist():
            self.tracked[index].lerp_(gradients[index], self.tracking * slower)
        products = gramian([[row] for row in self.tracked]).numpy()
        products /= products.diagonal().mean() or 1.0
        weights = self.weights.cpu().numpy()
        weights = nearest(weights - self.rate * slower * (products @ weights + self.ridge * weights))
        self.weights.copy_(torch.from_numpy(weights))
        applied = self.weights.to(gradients)
        return self.tracked.T @ applied, applied.clone()
