"""Nash-MTL: the tasks bargain over the update."""

from mtldemo.lazy_torch import Tensor
from mtldemo.weighting.base import NON_CONFLICTING, NOT_NEGATIVE, SCALE_INVARIANT, GradientStrategy
from mtldemo.weighting.solvers.cosines import weigh
from mtldemo.weighting.solvers.fair import bargain


class NashBargaining(GradientStrategy):
    r"""Takes the update on which tasks would agree that each gain in proportion: Nash's bargaining solution.

    .. math:: \max_d \sum_k \log(g_k \cdot d) \;\text{ with }\; \|d\| \le 1 \quad\Longrightarrow\quad
        G w = 1 / w, \quad w > 0

    Gramian [K, K] -> weights [K] > 0. The direction sum w_k g_k always has length sqrt(K) and conflicts with no task.
    Multiplying one task's loss by a constant leaves the direction as it is. No hyper-parameters.

    Paper: Navon et al., Multi-Task Learning as a Bargaining Game, ICML 2022. Departures: solved exactly by Newton's
    method, where the authors' sequence of convex programs stops early and fails at different scales; each step, not
    every few; not shortened to length 1, which is an option of that code (and of TorchJD's) that divides by sqrt(K).
    Where gradients cancel there is no solution, and 1e-8 is added to the diagonal of the cosines.
    """

    name = "nash_mtl"
    title = "Nash bargaining (Nash-MTL)"
    idea = (
        "Treats the tasks as players who bargain over the next step; in Nash's solution no one can gain by some per "
        "cent without another losing more. The size of a task's loss plays no part."
    )
    formula = r"G w = 1 / w, \qquad w > 0, \qquad G_{ij} = g_i \cdot g_j"
    paper = (
        "Navon, Shamsian, Achituve, Maron, Kawaguchi, Chechik, Fetaya, Multi-Task Learning as a Bargaining Game, "
        "ICML 2022"
    )
    cost = "K backward passes"
    keeps = frozenset({NON_CONFLICTING, NOT_NEGATIVE, SCALE_INVARIANT})

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]."""
        return weigh(gramian, bargain, degree=-1)
