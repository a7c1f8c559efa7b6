"""Soft sharing: a network a task, held close to each other."""

from collections.abc import Sequence
from typing import Annotated, Any

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.model.sharing.base import Learned, Network, Plan, Representation
from mtldemo.settings import Setting
from mtldemo.tasks import Task


class SoftSharing(Network):
    r"""K backbones, whose distances from each other are a term of the objective.

    .. math:: \Omega = \frac{\lambda}{K} \sum_{i<j} \|\theta_i - \theta_j\|^2
        = \lambda \sum_k \|\theta_k - \bar\theta\|^2, \qquad \bar\theta = \frac1K \sum_k \theta_k

    Images [B, 3, S, S] -> features [B, F] a task. ``strength`` is lambda, 0 (single-task networks) to 100, default
    0.01. Kernels and matrices are held together; norms and biases, and the statistics of batch norms, are a task's own.
    All backbones begin with equal weights, so that the distance begins at 0.

    Paper: Duong, Cohn, Bird, Cook, Low Resource Dependency Parsing: Cross-lingual Parameter Sharing in a Neural Network
    Parser, ACL 2015. Departure: more than two tasks, held to their mean.
    """

    name = "soft"
    title = "Soft sharing"
    idea = (
        "Each task has a whole network of its own, and the objective pulls these networks towards each other. Strong, "
        "it is nearly one network; at zero they share nothing."
    )
    formula = r"\Omega = \lambda \sum_k \|\theta_k - \bar\theta\|^2, \qquad \bar\theta = \frac{1}{K} \sum_k \theta_k"
    paper = (
        "Duong, Cohn, Bird, Cook, Low Resource Dependency Parsing: Cross-lingual Parameter Sharing in a Neural Network "
        "Parser, ACL 2015"
    )
    meeting = "Nowhere: the networks are pulled together by their weights, not through a loss."
    places = ()

    trunks: Any
    """A backbone as a row of stages, by task."""

    def __init__(
        self,
        plan: Plan,
        *,
        strength: Annotated[
            float,
            Setting("Pull", "How strongly the networks are held together; 0 shares nothing.", low=0, high=100),
        ] = 0.01,
    ) -> None:
        from mtldemo.model.by_task import ByTask
        from mtldemo.model.sharing.copies import trunks_by_task

        super().__init__(plan)
        self.strength = strength
        self._stages = plan.backbone.stages
        self.trunks = ByTask({name: trunk.from_(0) for name, trunk in trunks_by_task(plan).items()})

    def represent(self, images: Tensor) -> Representation:
        """Images [B, 3, S, S] -> the features [B, F] of each task's own backbone."""
        return Representation({name: trunk(images).float() for name, trunk in self.trunks.items()}, ())

    def own_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's backbone."""
        return (self.trunks[task.name],)

    def map_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's backbone."""
        return (self.trunks[task.name],)

    def penalty(self) -> Tensor | None:
        """lambda times the squared distances [] of the backbones from their mean."""
        if not self.strength or len(self.tasks) == 1:
            return None
        terms = [_squared_distances(alike).sum() for alike in _alike(list(self.trunks.values()))]
        return self.strength * torch.stack(terms).sum()

    def learned(self) -> dict[str, Learned]:
        """How far each task's weights are from the mean of all, by stage, as a share of the mean's length."""
        distances = []
        with torch.no_grad():
            for number in range(len(self._stages)):
                pieces = _alike([trunk[number] for trunk in self.trunks.values()])
                apart = torch.stack([_squared_distances(alike) for alike in pieces]).sum(0)
                length = torch.stack([torch.stack(alike).mean(0).square().sum() for alike in pieces]).sum()
                distances.append((apart / length).sqrt())
        return {"distance from the mean": Learned(tuple(self._stages), torch.stack(distances, 1))}


def _alike(networks: "Sequence[torch.nn.Module]") -> "list[list[Tensor]]":
    """The kernels and matrices that stand at the same place in each of the ``networks``."""
    columns = zip(*(network.parameters() for network in networks), strict=True)
    return [list(column) for column in columns if column[0].ndim > 1]


def _squared_distances(alike: "Sequence[Tensor]") -> Tensor:
    """Each tensor's squared distance [K] from the mean of all."""
    mean = torch.stack([tensor.detach() for tensor in alike]).mean(0)
    # The mean moves with the tensors, but the derivative by it is zero at the mean.
    return torch.stack([(tensor - mean).square().sum() for tensor in alike])
