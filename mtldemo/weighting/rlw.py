"""Random loss weighting: new weights by lot in each step."""

from collections.abc import Sequence

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.tasks import Task
from mtldemo.weighting.base import LossStrategy
from mtldemo.weighting.draws import Draws


class RandomLossWeighting(LossStrategy):
    r"""Draws the weights anew in each step.

    .. math:: w = \mathrm{softmax}(z), \qquad z_k \sim \mathcal{N}(0, 1)

    ``losses`` [K] -> objective [], weights [K] (sum 1, mean 1/K). No hyper-parameters. State: how often was drawn.

    Paper: Lin, Ye, Zhang, Tsang, Reasonable Effectiveness of Random Weighting: A Litmus Test for Multi-Task Learning,
    TMLR 2022. Departures: of the distributions that the paper tries, the standard normal one alone is offered.
    """

    name = "rlw"
    title = "Random loss weighting"
    idea = (
        "Draws the weights by lot in every step. It does about as well as many elaborate methods, so it belongs in "
        "every comparison."
    )
    formula = r"w = \mathrm{softmax}(z), \qquad z_k \sim \mathcal{N}(0, 1)"
    paper = (
        "Lin, Ye, Zhang, Tsang, Reasonable Effectiveness of Random Weighting: A Litmus Test for Multi-Task Learning, "
        "TMLR 2022"
    )

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__(tasks)
        self.draws = Draws(self.tasks)

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> their weighted sum, and this step's weights [K]."""
        weights = torch.softmax(self.draws.normal(), dim=0).to(losses)
        return (weights * losses).sum(), weights
