"""Equal weights: the plain sum of the losses."""

from mtldemo.lazy_torch import Tensor
from mtldemo.weighting.base import LossStrategy


class Equal(LossStrategy):
    r"""Adds the losses as they are.

    .. math:: \mathcal{L} = \sum_k L_k, \qquad w_k = 1

    ``losses`` [K] -> objective [], weights [K]. No hyper-parameters. The baseline that tuned studies find hard to beat:
    Kurin et al., In Defense of the Unitary Scalarization for Deep Multi-Task Learning, NeurIPS 2022. No departures.
    """

    name = "equal"
    title = "Equal weights"
    idea = (
        "Adds all task losses as they are. A task whose loss is a large number, such as age in years, then pulls the "
        "shared network hardest."
    )
    formula = r"\mathcal{L} = \sum_k L_k, \qquad w_k = 1"
    paper = (
        "The plain sum, studied as a baseline in: Kurin et al., In Defense of the Unitary Scalarization for Deep "
        "Multi-Task Learning, NeurIPS 2022"
    )

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> their sum, and ones [K]."""
        return losses.sum(), losses.new_ones(losses.shape)
