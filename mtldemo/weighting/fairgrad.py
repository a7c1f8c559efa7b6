"""FairGrad: bargaining with a choice of what is fair."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import NON_CONFLICTING, NOT_NEGATIVE, GradientStrategy
from mtldemo.weighting.solvers.cosines import weigh
from mtldemo.weighting.solvers.fair import fair


class FairGrad(GradientStrategy):
    r"""Shares the gains of an update among the tasks by alpha-fairness.

    .. math:: \max_d \sum_k \frac{(g_k \cdot d)^{1 - \alpha}}{1 - \alpha} \;\text{ with }\; \|d\| \le 1
        \quad\Longrightarrow\quad G w = w^{-1/\alpha}, \quad w > 0

    Gramian [K, K] -> weights [K] > 0; the direction conflicts with no task. ``alpha``: 0.5 (nearer to the plain sum)
    to 10 (nearer to equal gains), default 2; with 1 it is Nash-MTL.

    Paper: Ban, Ji, Fair Resource Allocation in Multi-Task Learning, ICML 2024. Departures: solved exactly, where the
    authors' least squares stops early; alpha below 0.5, of which 0 is the plain sum, is left out. Where gradients
    cancel there is no solution, and 1e-8 is added to the diagonal of the cosines.
    """

    name = "fairgrad"
    title = "Fair resource allocation (FairGrad)"
    idea = (
        "Sees the next step as a good to be shared, and lets you choose how fair to be: a larger alpha makes the "
        "gains of all tasks more equal. Nash bargaining is the case alpha = 1."
    )
    formula = r"G w = w^{-1/\alpha}, \qquad w > 0, \qquad G_{ij} = g_i \cdot g_j"
    paper = "Ban, Ji, Fair Resource Allocation in Multi-Task Learning, ICML 2024"
    cost = "K backward passes"
    keeps = frozenset({NON_CONFLICTING, NOT_NEGATIVE})

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        alpha: Annotated[
            float, Setting("Fairness", "Larger makes the tasks' gains more equal; 1 is Nash.", low=0.5, high=10)
        ] = 2.0,
    ) -> None:
        super().__init__(tasks)
        self.alpha = alpha

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]."""
        power = 1 / self.alpha
        return weigh(gramian, lambda norms, cosines: fair(norms, cosines, power), degree=-2 / (1 + power))
