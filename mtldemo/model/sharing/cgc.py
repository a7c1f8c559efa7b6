"""CGC: experts that all tasks share, and experts of each task's own, with a gate a task."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.model.sharing.base import Learned, Network, Plan, Representation, seen_apart
from mtldemo.model.sharing.mmoe import Split, stages_before_experts
from mtldemo.settings import Setting
from mtldemo.tasks import Task

SharedExperts = Annotated[int, Setting("Shared experts", "Networks that all tasks may read.", low=1, high=16)]
OwnExperts = Annotated[int, Setting("Own experts", "Networks that one task alone may read, for each.", low=1, high=16)]


class CustomizedGateControl(Network):
    r"""Shared experts and each task's own; a task's gate mixes its own with the shared ones, for each picture anew.

    .. math:: \phi_k(x) = \sum_{e \in \mathcal S \cup \mathcal E_k} w_{ke}(x)\, f_{\theta_e}(z), \qquad
        w_k(x) = \mathrm{softmax}(V_k z)

    Images [B, 3, S, S] -> features [B, F] a task. z is what the stages before the experts give. ``shared`` and ``own``
    experts: 1 to 16 each, default 1. ``split``: none or a stage, default the last but one.

    Paper: Tang, Liu, Zhao, Gong, Progressive Layered Extraction (PLE), RecSys 2020, where it is PLE with one level.
    Departure: experts are the later stages of a convolutional backbone.
    """

    name = "cgc"
    title = "Customised gate control (CGC)"
    idea = (
        "Some expert networks are for all tasks and some for one alone; a task's gate decides how much it reads of its "
        "own and of the shared ones. What harms a task can stay out of its own experts."
    )
    formula = r"\phi_k(x) = \sum_{e \in \mathcal{S} \cup \mathcal{E}_k} w_{ke}(x) f_{\theta_e}(z)"
    paper = (
        "Tang, Liu, Zhao, Gong, Progressive Layered Extraction (PLE): A Novel Multi-Task Learning Model for "
        "Personalized Recommendations, RecSys 2020"
    )
    meeting = "At the features of the shared experts, and where own experts and gates look at the maps before them."

    gates: Any
    own: Any
    """``Gate`` and experts by task."""

    def __init__(self, plan: Plan, *, shared: SharedExperts = 1, own: OwnExperts = 1, split: Split = "") -> None:
        from mtldemo.model.by_task import ByTask
        from mtldemo.model.sharing.copies import new_trunk
        from mtldemo.model.sharing.units import Gate
        from mtldemo.model.trunk import map_shapes

        super().__init__(plan)
        first = stages_before_experts(plan, split)
        trunk = new_trunk(plan)
        self.below = trunk.through(0, first)
        self.shared = torch.nn.ModuleList(
            (trunk if not number else new_trunk(plan)).from_(first) for number in range(shared)
        )
        self.own = ByTask(
            {name: torch.nn.ModuleList(new_trunk(plan).from_(first) for _ in range(own)) for name in plan.names}
        )
        shape = map_shapes(trunk.stages[:first], plan.image_size)[-1]
        self.gates = ByTask({name: Gate(shape, shared + own) for name in plan.names})

    @classmethod
    def check(cls, plan: Plan, options: Mapping[str, Any]) -> None:
        """Raises ``MtlDemoError`` where the backbone has no such split point."""
        stages_before_experts(plan, options.get("split", ""))

    def represent(self, images: Tensor) -> Representation:
        """Images [B, 3, S, S] -> the features [B, F] of each task; they meet in those of the shared experts, and where
        what is a task's own looks at the maps before these."""
        from mtldemo.model.sharing.units import mixture

        maps = self.below(images)
        shared = [expert(maps).float() for expert in self.shared]
        # What a task's own parts look at is another tensor than what the shared experts do: its gradient arrives there.
        look = seen_apart(maps)
        features = {}
        for name, experts in self.own.items():
            own = [expert(look).float() for expert in experts]
            features[name] = mixture(self.gates[name](look), [*shared, *own])
        return Representation(features, (*shared, *([look] if len(self.below) else [])))

    def own_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's experts and its gate."""
        return (self.own[task.name], self.gates[task.name])

    def map_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """Each expert that the task reads."""
        experts = (*self.shared, *self.own[task.name])
        return tuple(torch.nn.Sequential(self.below, expert) for expert in experts)

    def learned(self) -> dict[str, Learned]:
        """How much a task reads of the shared experts and of its own, the mean over the last batch."""
        own = len(next(iter(self.own.values())))
        columns = expert_names(len(self.shared), own)
        return {"gates": Learned(columns, torch.stack([gate.mean_shares for gate in self.gates.values()]))}


def expert_names(shared: int, own: int) -> tuple[str, ...]:
    """The experts that a task reads, the shared ones first."""
    return (
        *(f"shared {number}" for number in range(1, shared + 1)),
        *(f"own {number}" for number in range(1, own + 1)),
    )
