"""Uncertainty weighting after Kendall, Gal and Cipolla: each task's noise is learned beside the network."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, nn, torch
from mtldemo.settings import Setting
from mtldemo.tasks import REGRESSION, Task
from mtldemo.weighting.base import LossStrategy, Speed, within_range


class Uncertainty(LossStrategy):
    r"""Learns for each task the noise of its labels and divides the loss by it.

    .. math:: \mathcal{L} = \sum_k c_k e^{-s_k} L_k + \tfrac12 s_k, \quad s_k = \log\sigma_k^2, \quad w_k = c_k e^{-s_k}

    ``losses`` [K] -> objective [], weights [K]. ``log_variance`` [K] is s, from 0, kept within -30 ... 80. ``form``:
    ``by_task`` (c = 1/2 for a regression, 1 for a classification, as in the paper) or ``half`` (c = 1/2 for all, as in
    much public code).
    ``speed``: 0.01 to 1000 times the network's learning rate.

    What ``sigma`` = exp(s/2) settles at, where the derivative 1/2 - c e^-s L is zero, L being the mean training loss
    after any loss scale:

    - ``mse``: sigma^2 = mean squared error, so sigma is the noise's standard deviation in years once the network fits.
    - ``l1``: sigma^2 = mean absolute error. That is the scale b of the Laplace likelihood L/b + log b, which is twice
      this objective with b = sigma^2; a Laplace noise's standard deviation is sqrt(2) b, in years.
    - ``huber``: sigma^2 = mean Huber loss; no likelihood's own parameter.
    - classification by ``by_task``: sigma^2 = 2 x the cross-entropy, a temperature; by ``half``, the cross-entropy.
      Age as a distribution counts as a regression here: sigma^2 = its cross-entropy.

    Paper: Kendall, Gal, Cipolla, Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and
    Semantics, CVPR 2018. Departures: one form serves every regression loss, and s learns ``speed`` times as fast as the
    network (default 10): at the network's own rate it would not arrive in a short run. 1 gives the common practice.
    """

    name = "uncertainty"
    title = "Uncertainty weighting (Kendall)"
    idea = (
        "Learns how noisy each task's labels are, and lets a noisy task count less. A penalty keeps it from calling "
        "every task noisy."
    )
    formula = (
        r"\mathcal{L} = \sum_k c_k\, e^{-s_k} L_k + \tfrac{1}{2} s_k, \qquad s_k = \log \sigma_k^2, \quad "
        r"w_k = c_k\, e^{-s_k}"
    )
    paper = (
        "Kendall, Gal, Cipolla, Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and "
        "Semantics, CVPR 2018"
    )

    factors: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        form: Annotated[
            str,
            Setting(
                "Form",
                "by_task: the paper's, where a classification counts twice a regression; half: the same for all.",
                choices=("by_task", "half"),
            ),
        ] = "by_task",
        speed: Speed = 10.0,
    ) -> None:
        super().__init__(tasks)
        self.speed = speed
        factors = [0.5 if form == "half" or task.kind == REGRESSION else 1.0 for task in self.tasks]
        self.register_buffer("factors", torch.tensor(factors))
        self.log_variance = nn.Parameter(torch.zeros(len(self.tasks)))

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> the objective, and the weights c e^-s [K]."""
        if self.training:
            within_range(self.log_variance, sign=-1)
        weights = self.factors * torch.exp(-self.log_variance)
        return (weights * losses + 0.5 * self.log_variance).sum(), weights.detach()

    def learned(self) -> dict[str, Tensor]:
        """``sigma`` [K]; the class says what it means for each loss."""
        return {"sigma": torch.exp(0.5 * self.log_variance.detach())}
