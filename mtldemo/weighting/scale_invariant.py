"""Scale-invariant loss: the sum of the logarithms."""

from mtldemo.lazy_torch import Tensor
from mtldemo.weighting.base import SMALLEST_LOSS, LossStrategy


class ScaleInvariant(LossStrategy):
    r"""Minimises the sum of the logarithms of the losses.

    .. math:: \mathcal{L} = \sum_k \ln L_k, \qquad w_k = 1 / L_k

    ``losses`` [K] -> objective [], weights [K]. No hyper-parameters. A factor on a loss drops out of the gradient. Up
    to a factor of its own it is what uncertainty weighting comes to where the noise is solved for.

    Described as a baseline in: Navon et al., Multi-Task Learning as a Bargaining Game, ICML 2022. Departures: 1e-12 is
    added to each loss.
    """

    name = "scale_invariant"
    title = "Scale-invariant loss"
    idea = (
        "Divides each loss by its own size, so that every task counts by the share by which its loss falls. As a loss "
        "gets small its weight grows without bound."
    )
    formula = r"\mathcal{L} = \sum_k \ln L_k, \qquad w_k = \frac{1}{L_k}"
    paper = (
        "The scale-invariant baseline of: Navon, Shamsian, Achituve, Maron, Kawaguchi, Chechik, Fetaya, Multi-Task "
        "Learning as a Bargaining Game, ICML 2022"
    )

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> the sum of their logarithms, and the weights 1/L [K]."""
        positive = losses + SMALLEST_LOSS
        return positive.log().sum(), 1 / positive.detach()
