"""Fixed weights: constants chosen by hand."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from mtldemo.errors import MtlDemoError
from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import LossStrategy


class Fixed(LossStrategy):
    r"""Adds the losses with constant weights chosen by hand.

    .. math:: \mathcal{L} = \sum_k w_k L_k

    ``losses`` [K] -> objective [], weights [K]. ``weights``: 0 to 1e6 for each task's name, 1 for a task left out; at
    least one must be above 0. No paper, no departures.
    """

    name = "fixed"
    title = "Fixed weights"
    idea = (
        "Multiplies each task's loss by a number that you choose and that never changes. Well-tuned fixed weights are "
        "a strong baseline, but tuning them takes many runs."
    )
    formula = r"\mathcal{L} = \sum_k w_k L_k, \qquad w_k \text{ constant}"
    paper = (
        "Common practice; tuned, the reference of: Xin et al., Do Current Multi-Task Optimization Methods in Deep "
        "Learning Even Help?, NeurIPS 2022"
    )

    weights: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        weights: Annotated[
            Mapping[str, float],
            Setting("Weights", "One number for each task; a task left out has 1.", low=0, high=1e6),
        ] = {},
    ) -> None:
        super().__init__(tasks)
        self.register_buffer("weights", torch.tensor(_values(self.tasks, weights)))

    @classmethod
    def check(cls, tasks: Sequence[Task], options: Mapping[str, Any]) -> None:
        """Raises ``MtlDemoError`` where every weight is 0."""
        if not any(_values(tasks, options.get("weights", {}))):
            raise MtlDemoError(
                "weights: every task has weight 0, so nothing would be learned; give one a weight above 0."
            )

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> their weighted sum, and the constant weights [K]."""
        weights = self.weights.to(losses.dtype)
        return (weights * losses).sum(), weights.clone()


def _values(tasks: Sequence[Task], weights: Mapping[str, float]) -> list[float]:
    return [float(weights.get(task.name, 1.0)) for task in tasks]
