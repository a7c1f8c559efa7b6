"""Dynamic task prioritisation: tasks that perform badly come first."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import PERFORMANCE, LossStrategy

WORST, BEST = 1e-3, 1 - 1e-3


class DynamicTaskPrioritisation(LossStrategy):
    r"""Gives most weight to the tasks that are solved worst, by a focal term of each one's key metric.

    .. math:: w_k = -(1 - \kappa_k)^\gamma \ln \kappa_k, \qquad
        \kappa_k^{(t)} = \alpha\, m_k^{(t)} + (1 - \alpha)\, \kappa_k^{(t-1)}

    ``losses`` [K] -> objective [], weights [K]. m [K] is the batch's key metric, 0 to 1, which ``observe`` takes:
    accuracy, and for a regression the share within 5 units. ``focus`` gamma: 0 to 10, larger leaves solved tasks more
    alone. ``memory`` alpha: 0.001 to 1, the share of the newest batch. State: ``performance`` [K] is kappa, and how
    many ``steps`` it has seen.

    Paper: Guo, Haque, Huang, Yeung, Fei-Fei, Dynamic Task Prioritization for Multitask Learning, ECCV 2018.
    Departures: kappa starts at the first batch's metric and counts as 0.001 to 0.999, so that each weight stays finite
    and above zero; the paper tunes gamma by task, here it is one number; its default of 1 and alpha's
    of 0.1 are ours, as no code of the authors was found. Examples are not weighted among themselves.
    """

    name = "dtp"
    title = "Dynamic task prioritisation"
    idea = (
        "Looks at how well each task is solved, not at its loss: a task with a poor accuracy gets a large weight. The "
        "weight falls towards zero once a task is solved."
    )
    formula = (
        r"w_k = -(1 - \kappa_k)^{\gamma} \ln \kappa_k, \qquad "
        r"\kappa_k^{(t)} = \alpha\, m_k^{(t)} + (1 - \alpha)\, \kappa_k^{(t-1)}"
    )
    paper = "Guo, Haque, Huang, Yeung, Fei-Fei, Dynamic Task Prioritization for Multitask Learning, ECCV 2018"
    needs = frozenset({PERFORMANCE})

    performance: Tensor
    steps: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        focus: Annotated[float, Setting("Focus", "Larger leaves solved tasks more alone.", low=0, high=10)] = 1.0,
        memory: Annotated[
            float, Setting("Newest batch", "Its share in the moving average of the metric.", low=0.001, high=1)
        ] = 0.1,
    ) -> None:
        super().__init__(tasks)
        self.focus = focus
        self.memory = memory
        self.register_buffer("performance", torch.full((len(self.tasks),), 0.5))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def observe(self, performance: Tensor) -> None:
        """``performance`` [K], 0 to 1, joins the moving average."""
        share = torch.where(self.steps == 0, 1.0, self.memory)
        self.performance.lerp_(performance.to(self.performance), share)
        self.steps += 1

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> their weighted sum, and the weights [K] from what was observed so far."""
        known = self.performance.clamp(WORST, BEST)
        weights = (-((1 - known) ** self.focus) * known.log()).to(losses.dtype)
        return (weights * losses).sum(), weights

    def learned(self) -> dict[str, Tensor]:
        """``performance`` [K], the moving average kappa."""
        return {"performance": self.performance.clone()}
