"""Geometric loss strategy: the geometric mean of the losses instead of their sum."""

from mtldemo.lazy_torch import Tensor
from mtldemo.weighting.base import SMALLEST_LOSS, LossStrategy


class GeometricLoss(LossStrategy):
    r"""Minimises the geometric mean of the losses.

    .. math:: \mathcal{L} = \Big(\prod_k L_k\Big)^{1/K}, \qquad w_k = \frac{\mathcal{L}}{K\, L_k}

    ``losses`` [K] -> objective [], weights [K]. No hyper-parameters. A factor on one loss changes all weights alike, so
    units don't matter; with one task it is the plain loss.

    Paper: Chennupati, Sistu, Yogamani, Rawashdeh, MultiNet++: Multi-Stream Feature Aggregation and Geometric Loss
    Strategy for Multi-Task Learning, CVPR Workshops 2019. Departures: 1e-12 is added to each loss; the focused form,
    which counts some tasks twice, is left out.
    """

    name = "gls"
    title = "Geometric loss strategy"
    idea = (
        "Multiplies the losses and takes the root, so that a task improves the total by the share by which its loss "
        "falls. The unit of a loss no longer matters."
    )
    formula = r"\mathcal{L} = \Big(\prod_k L_k\Big)^{1/K}, \qquad w_k = \frac{\mathcal{L}}{K\, L_k}"
    paper = (
        "Chennupati, Sistu, Yogamani, Rawashdeh, MultiNet++: Multi-Stream Feature Aggregation and Geometric Loss "
        "Strategy for Multi-Task Learning, CVPR Workshops 2019"
    )

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> their geometric mean, and the weights [K] in its gradient."""
        positive = losses + SMALLEST_LOSS
        mean = positive.log().mean().exp()
        return mean, (mean / (len(losses) * positive)).detach()
