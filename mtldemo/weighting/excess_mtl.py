"""ExcessMTL: more weight for tasks that are far from as good as they can get."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import PARAMETERS, SUM_TO_ONE, GradientMerge
from mtldemo.weighting.solvers.inner_products import CHUNK

SMALLEST_SQUARE = 1e-7
"""Added to the sum of squared gradients, as in the authors' code."""
LARGEST = 1e15
"""No number in a gradient, nor excess beside its first, counts as larger: the sum of squares over a run would leave
float32."""
LOWEST = -50.0
"""Least logarithm of a weight, so that a task can come back."""


class ExcessRisk(GradientMerge):
    r"""Weighs tasks by how far they still are from convergence, which label noise doesn't enlarge.

    .. math:: w_k \propto w_k \exp\!\Big(\eta\, \frac{E_k}{E_k^{(1)}}\Big), \qquad
        E_k = \sum_p \frac{g_{kp}^2}{\sqrt{S_{kp}}}, \qquad S_{kp} = \sum_t g_{kp}^{(t)\,2}

    E is the excess risk, by a Taylor expansion with AdaGrad's diagonal for the Hessian, and E(1) its first value.
    Gradients [K, P] -> direction [P] = sum w_k g_k, and weights [K] > 0, sum 1, from 1/K. ``rate`` eta: 0.0001 to 10,
    default 0.01. State: ``squares`` S [K, P], ``logs`` [K] of the weights, ``first`` [K].

    Paper: He, Zhou, Zhang, Yun, Xu, Zeng, Chilimbi, Zhao, Robust Multi-Task Learning with Excess Risks, ICML 2024.
    Departures: the weights sum to 1 as in the paper and move from the first step on; the authors' code leaves them at 1
    in that step and then scales them to the sum K (a setting of every strategy here). E(1) is the first batch's as in
    that code, where the paper's appendix averages three epochs. The default rate is LibMTL's, not known to be the
    authors'. log w is at least -50; 1e-7 is added to S, as in their code;
    in E and S a number in a gradient counts as at most 1e15.
    """

    name = "excess_mtl"
    title = "Excess risk (ExcessMTL)"
    idea = (
        "Estimates how much each task can still improve, and gives those furthest away more weight. A task with noisy "
        "labels keeps a large loss but can't improve, so it doesn't take over."
    )
    formula = (
        r"w_k \propto w_k \exp\left(\eta\, E_k / E_k^{(1)}\right), \qquad "
        r"E_k = \sum_p \frac{g_{kp}^2}{\sqrt{\sum_t g_{kp}^{(t)\,2}}}"
    )
    paper = "He, Zhou, Zhang, Yun, Xu, Zeng, Chilimbi, Zhao, Robust Multi-Task Learning with Excess Risks, ICML 2024"
    cost = "K backward passes, and memory for K more gradients"
    needs = frozenset({PARAMETERS})
    keeps = frozenset({SUM_TO_ONE})

    squares: Tensor
    logs: Tensor
    first: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        rate: Annotated[float, Setting("Rate", "Step size of the weights.", low=1e-4, high=10)] = 0.01,
    ) -> None:
        super().__init__(tasks)
        self.rate = rate
        self.register_buffer("logs", torch.zeros(len(self.tasks)))
        self.register_buffer("first", torch.zeros(len(self.tasks)))
        self.prepare(0)

    def prepare(self, parameters: int) -> None:
        """Shape ``squares``."""
        self.register_buffer("squares", torch.zeros(len(self.tasks), parameters))

    def forward(self, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients [K, P] and losses [K] (not read) -> the direction [P], and the weights [K]."""
        excess = torch.zeros_like(self.logs)
        for start in range(0, gradients.shape[1], CHUNK):
            block = gradients[:, start : start + CHUNK].clamp(-LARGEST, LARGEST)
            squares = self.squares[:, start : start + CHUNK]
            squares.addcmul_(block, block)
            scaled = (squares + SMALLEST_SQUARE).rsqrt_().mul_(block)
            excess += torch.stack([one @ two for one, two in zip(scaled, block, strict=True)])
        self.first.copy_(torch.where(self.first > 0, self.first, excess))
        relative = torch.where(self.first > 0, (excess / self.first).clamp(max=LARGEST), 0.0)
        self.logs.copy_(torch.log_softmax(self.logs + self.rate * relative, dim=0).clamp(min=LOWEST))
        weights = torch.softmax(self.logs, dim=0).to(gradients)
        return gradients.T @ weights, weights
