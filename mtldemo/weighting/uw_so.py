"""Soft optimal uncertainty weighting: the noise that uncertainty weighting learns, solved for instead of learned."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import SMALLEST_LOSS, LossStrategy


class SoftOptimalUncertainty(LossStrategy):
    r"""Weighs each task by a softmax over the inverse losses.

    .. math:: w_k = \mathrm{softmax}_k\!\left(\frac{1}{T\,\mathrm{sg}[L_k]}\right)

    ``losses`` [K] -> objective [], weights [K] (sum 1); sg is stop-gradient. ``temperature`` T: 0.01 to 1e4, larger is
    more even. It has the unit of an inverse loss and the paper tunes it for each data set; the default 5 tells losses
    near 0.1 apart and not those far above 1.

    Paper: Kirchdorfer, Elich, Kutsche, Stuckenschmidt, Schott, Köhler, Analytical Uncertainty-Based Loss Weighting in
    Multi-Task Learning, GCPR 2024 (arXiv 2408.07985). Departures: 1e-12 is added to each loss, so that a loss of zero
    takes all the weight and nothing is infinite. The default is ours: no code of the authors was found to check it by.
    """

    name = "uw_so"
    title = "Soft optimal uncertainty weighting (UW-SO)"
    idea = (
        "Takes the best noise of uncertainty weighting straight from the losses, which makes the weight one over the "
        "loss. A softmax with a temperature keeps an easy task from taking all the weight."
    )
    formula = r"w_k = \frac{e^{1 / (T\, \mathrm{sg}[L_k])}}{\sum_i e^{1 / (T\, \mathrm{sg}[L_i])}}"
    paper = (
        "Kirchdorfer et al., Analytical Uncertainty-Based Loss Weighting in Multi-Task Learning, GCPR 2024 "
        "(arXiv 2408.07985)"
    )

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        temperature: Annotated[
            float,
            Setting("Temperature", "Larger makes the weights more even; tune it to the losses.", low=0.01, high=1e4),
        ] = 5.0,
    ) -> None:
        super().__init__(tasks)
        self.temperature = temperature

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> their weighted sum, and the weights [K]."""
        weights = torch.softmax(1 / (losses.detach() + SMALLEST_LOSS) / self.temperature, dim=0)
        return (weights * losses).sum(), weights
