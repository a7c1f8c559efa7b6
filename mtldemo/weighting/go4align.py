"""GO4Align: tasks with like weights share one, in groups that are found anew in each step."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import SMALLEST_LOSS, LossStrategy

LARGEST = 1e30
"""Largest ratio of all losses to one."""
LOWEST = -50.0
"""Least logarithm of an indicator, so that a task can come back."""


class GroupAlignment(LossStrategy):
    r"""Weighs by the inverse loss and by a memory of earlier losses, and gives tasks of one group the group's mean.

    .. math:: q_k \propto q_k\, e^{-\eta L_k}, \qquad \gamma_k = q_k \frac{\sum_i L_i}{L_k}, \qquad
        w_k = \frac{1}{|\mathcal{G}(k)|} \sum_{i \in \mathcal{G}(k)} \gamma_i

    ``losses`` [K] -> objective [], weights [K] > 0. G(k) is the group of task k: the M groups of the numbers gamma with
    the least squared distances from their means (k-means). ``groups`` M: 1 to 10, default 2 (the authors set it for
    each data set); as many as tasks, or more, leave gamma as it is. ``rate`` eta: 0 to 1, default 0.0001. State:
    ``logs`` [K], the logarithm of q, from 1/K.

    Paper: Shen, Wang, Xiao, Van Noord, Worring, GO4Align: Group Optimization for Multi-Task Alignment, NeurIPS 2024;
    formulas and rate as in the authors' code. Departures: the groups are the best ones (numbers on a line have few
    divisions), where k-means may stop at others; log q is at least -50; 1e-12 is added to each loss, and the
    losses together count as at most 1e30 times one. eta has the unit
    of an inverse loss, so that over a long run q leaves tasks whose loss is large, such as one in years.
    """

    name = "go4align"
    title = "Group alignment (GO4Align)"
    idea = (
        "Brings the losses to one size, leans to the tasks that have been solved best so far, and then evens out the "
        "weights within groups of tasks that fare alike. So tasks of a group learn in step."
    )
    formula = (
        r"q_k \propto q_k\, e^{-\eta L_k}, \qquad \gamma_k = q_k \frac{\sum_i L_i}{L_k}, \qquad "
        r"w_k = \operatorname{mean}_{i \in \mathcal{G}(k)} \gamma_i"
    )
    paper = "Shen, Wang, Xiao, Van Noord, Worring, GO4Align: Group Optimization for Multi-Task Alignment, NeurIPS 2024"

    logs: Tensor
    divisions: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        groups: Annotated[int, Setting("Groups", "Tasks of one group share a weight.", low=1, high=10)] = 2,
        rate: Annotated[
            float, Setting("Rate", "How fast tasks with large losses are left; 0 is not at all.", low=0, high=1)
        ] = 1e-4,
    ) -> None:
        super().__init__(tasks)
        self.groups = groups
        self.rate = rate
        count = len(self.tasks)
        self.register_buffer("logs", torch.full((count,), 1 / count).log())
        self.register_buffer("divisions", _divisions(count, min(groups, count)), persistent=False)

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> their weighted sum, and the weights [K]; in training mode q follows first."""
        known = losses.detach() + SMALLEST_LOSS
        if self.training:
            self.logs.copy_(torch.log_softmax(self.logs - self.rate * known, dim=0).clamp(min=LOWEST))
        gamma = torch.softmax(self.logs, dim=0).to(known) * (known.sum() / known).clamp(max=LARGEST)
        largest = gamma.max()
        sorted_gamma, order = (gamma / largest).sort()
        means = self.divisions.to(gamma) @ sorted_gamma
        best = (means - sorted_gamma).square().sum(dim=1).argmin()
        # Chosen by index, not if: reading a number from a GPU would stall every step.
        weights = largest * torch.zeros_like(gamma).scatter(0, order, means.index_select(0, best.view(1))[0])
        return (weights * losses).sum(), weights


def _divisions(count: int, groups: int) -> Tensor:
    """Every division of ``count`` ordered numbers into ``groups`` neighbourhoods [N, K, K], each as the matrix that
    puts the mean of its neighbourhood in each number's place."""
    divisions = []
    for cuts in combinations(range(1, count), groups - 1):
        ends = [0, *cuts, count]
        matrix = torch.zeros(count, count)
        for start, end in pairwise(ends):
            matrix[start:end, start:end] = 1 / (end - start)
        divisions.append(matrix)
    return torch.stack(divisions)
