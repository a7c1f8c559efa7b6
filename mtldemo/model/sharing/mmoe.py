"""MMoE: several experts for all tasks, and a gate a task that says how much of each it reads."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.model.sharing.base import NOTHING, Learned, Network, Plan, Representation, seen_apart, split_index
from mtldemo.settings import Setting
from mtldemo.tasks import Task

Experts = Annotated[int, Setting("Experts", "Networks that all tasks share.", low=1, high=16)]
Split = Annotated[
    str, Setting("Shared before", "What stands before the experts, once for all: a stage of the backbone, or none.")
]


class MixtureOfExperts(Network):
    r"""E experts; a gate a task mixes what they give, for each picture anew.

    .. math:: \phi_k(x) = \sum_e w_{ke}(x)\, f_{\theta_e}(z), \qquad w_k(x) = \mathrm{softmax}(V_k z)

    Images [B, 3, S, S] -> features [B, F] a task. z is what the stages before the experts give, the images themselves
    at ``split`` none; a gate reads its means over a grid of 8 x 8 fields. ``experts``: 1 (hard sharing) to 16, default
    3. ``split``: none or a stage, default all stages but the last, as E whole networks cost E times as much. Each
    expert begins with weights of its own, unless all begin with ImageNet's.

    Paper: Ma, Zhao, Yi, Chen, Hong, Chi, Modeling Task Relationships in Multi-task Learning with Multi-gate
    Mixture-of-Experts, KDD 2018. Departure: experts are the later stages of a convolutional backbone.
    """

    name = "mmoe"
    title = "Mixture of experts (MMoE)"
    idea = (
        "Several expert networks look at every picture, and each task has a gate that decides how much of which expert "
        "it reads. Tasks that disagree can listen to different experts."
    )
    formula = r"\phi_k(x) = \sum_e w_{ke}(x) f_{\theta_e}(z), \qquad w_k(x) = \mathrm{softmax}(V_k z)"
    paper = (
        "Ma, Zhao, Yi, Chen, Hong, Chi, Modeling Task Relationships in Multi-task Learning with Multi-gate "
        "Mixture-of-Experts, KDD 2018"
    )
    meeting = "At the features of the experts, before the gates; a gate is its task's own."

    gates: Any
    """``Gate`` by task."""

    def __init__(self, plan: Plan, *, experts: Experts = 3, split: Split = "") -> None:
        from mtldemo.model.by_task import ByTask
        from mtldemo.model.sharing.copies import new_trunk
        from mtldemo.model.sharing.units import Gate
        from mtldemo.model.trunk import map_shapes

        super().__init__(plan)
        first = stages_before_experts(plan, split)
        trunk = new_trunk(plan)
        self.below = trunk.through(0, first)
        self.experts = torch.nn.ModuleList(
            (trunk if not number else new_trunk(plan)).from_(first) for number in range(experts)
        )
        shape = map_shapes(trunk.stages[:first], plan.image_size)[-1]
        self.gates = ByTask({name: Gate(shape, experts) for name in plan.names})

    @classmethod
    def check(cls, plan: Plan, options: Mapping[str, Any]) -> None:
        """Raises ``MtlDemoError`` where the backbone has no such split point."""
        stages_before_experts(plan, options.get("split", ""))

    def represent(self, images: Tensor) -> Representation:
        """Images [B, 3, S, S] -> the features [B, F] of each task; they meet in those of the experts, and where the
        gates look at the maps before these."""
        from mtldemo.model.sharing.units import mixture

        maps = self.below(images)
        experts = [expert(maps).float() for expert in self.experts]
        # What the gates look at is another tensor than what the experts do: the task gradients arrive there.
        look = seen_apart(maps)
        features = {name: mixture(gate(look), experts) for name, gate in self.gates.items()}
        return Representation(features, (*experts, *([look] if len(self.below) else [])))

    def own_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's gate."""
        return (self.gates[task.name],)

    def map_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """Each expert."""
        return tuple(torch.nn.Sequential(self.below, expert) for expert in self.experts)

    def learned(self) -> dict[str, Learned]:
        """How much of each expert a task reads, the mean over the last batch."""
        columns = tuple(f"expert {number}" for number in range(1, len(self.experts) + 1))
        return {"gates": Learned(columns, torch.stack([gate.mean_shares for gate in self.gates.values()]))}


def stages_before_experts(plan: Plan, split: str) -> int:
    """How many stages stand before the experts; by default all but the last."""
    points = (NOTHING, *plan.backbone.stages[:-1])
    return split_index(plan, split or points[-1], points=points)
