"""PLE: several levels of shared and own experts, with gates between the levels."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from mtldemo.errors import MtlDemoError
from mtldemo.lazy_torch import Tensor, torch
from mtldemo.model.sharing.base import Learned, Network, Plan, Representation, seen_apart
from mtldemo.model.sharing.cgc import OwnExperts, SharedExperts, expert_names
from mtldemo.model.sharing.mmoe import Split, stages_before_experts
from mtldemo.settings import Setting
from mtldemo.tasks import Task

if TYPE_CHECKING:
    from mtldemo.model.trunk import Trunk


class ProgressiveLayeredExtraction(Network):
    r"""Levels of experts, shared and own, with gates between them: what is a task's own parts from the rest by degrees.

    .. math:: t_k^{(l)} = \sum_{e \in \mathcal S \cup \mathcal E_k} w_{ke}^{(l)} f_e^{(l)}, \qquad
        s^{(l)} = \sum_{e \in \mathcal S \cup \bigcup_j \mathcal E_j} v_e^{(l)} f_e^{(l)}

    A level is a stage of the backbone (the first also has those that are left over). Own experts of level l + 1 read
    t_k, shared ones read s; the features [B, F] are t_k of the last level, which has no shared gate. w and v are
    softmaxes of what the level reads. ``levels``: 2 to 8, default 2. ``shared`` and ``own`` experts a level: 1 to 16,
    default 1. ``split``: none or a stage, default as many stages as leave one a level.

    Paper: Tang, Liu, Zhao, Gong, Progressive Layered Extraction (PLE), RecSys 2020. Departure: experts are stages of a
    convolutional backbone.

    Where the gradients are taken: before the last level own experts feed the shared gate, so that all of that is
    shared. What is own begins at the gates below the last level. There the task gradients meet: in what these gates
    read, and in what the last level's shared experts give.
    """

    name = "ple"
    title = "Progressive layered extraction (PLE)"
    idea = (
        "Shared and own experts in several levels, with gates between them: below, everything still flows together, "
        "and level by level what is a task's own parts from what is common."
    )
    formula = (
        r"t_k^{(l)} = \sum_{e \in \mathcal{S} \cup \mathcal{E}_k} w_{ke}^{(l)} f_e^{(l)}, \qquad "
        r"s^{(l)} = \sum_{e} v_e^{(l)} f_e^{(l)}"
    )
    paper = (
        "Tang, Liu, Zhao, Gong, Progressive Layered Extraction (PLE): A Novel Multi-Task Learning Model for "
        "Personalized Recommendations, RecSys 2020"
    )
    meeting = "In what the gates below the last level read, and at the features of the last level's shared experts."

    levels: Any
    """``Level``, one after the other."""

    def __init__(
        self,
        plan: Plan,
        *,
        levels: Annotated[int, Setting("Levels", "Of experts, each a stage of the backbone.", low=2, high=8)] = 2,
        shared: SharedExperts = 1,
        own: OwnExperts = 1,
        split: Split = "",
    ) -> None:
        from mtldemo.model.sharing.copies import new_trunk
        from mtldemo.model.sharing.level import Level
        from mtldemo.model.trunk import map_shapes

        super().__init__(plan)
        first, cuts = _cuts(plan, levels, split)
        trunk = new_trunk(plan)
        self.below = trunk.through(0, first)
        shapes = map_shapes(trunk.stages, plan.image_size)
        common = [trunk, *(new_trunk(plan) for _ in range(shared - 1))]
        alone = {name: [new_trunk(plan) for _ in range(own)] for name in plan.names}
        self.levels = torch.nn.ModuleList()
        for level, (start, end) in enumerate(cuts, start=1):
            last = level == levels

            def piece(trunk: "Trunk", start: int = start, end: int = end, last: bool = last) -> "torch.nn.Module":
                return trunk.from_(start) if last else trunk.through(start, end)

            experts = {name: map(piece, trunks) for name, trunks in alone.items()}
            self.levels.append(Level(map(piece, common), experts, shapes[start], last))

    @classmethod
    def check(cls, plan: Plan, options: Mapping[str, Any]) -> None:
        """Raises ``MtlDemoError`` where the backbone has no such split point, or has fewer stages than levels."""
        _cuts(plan, options.get("levels", 2), options.get("split", ""))

    def represent(self, images: Tensor) -> Representation:
        """Images [B, 3, S, S] -> the features [B, F] of each task."""
        from mtldemo.model.sharing.units import mixture

        maps = self.below(images)
        common, read = maps, {task.name: maps for task in self.tasks}
        distinct: list[Tensor] = []
        for level, part in enumerate(self.levels, start=1):
            shared = [expert(common) for expert in part.shared]
            own = {name: [expert(read[name]) for expert in experts] for name, experts in part.own.items()}
            if level == len(self.levels):
                shared = [each.float() for each in shared]
                distinct += shared
            if level == len(self.levels) - 1:
                # From here on, what a task reads is its own affair: what its gate mixes, and what the gate looks at,
                # are other tensors than what the shared gate and experts see.
                apart = [seen_apart(each) for each in shared]
                apart_own = {name: [seen_apart(each) for each in every] for name, every in own.items()}
                looks = {name: seen_apart(each) for name, each in read.items()}
                distinct += [*apart, *(each for every in apart_own.values() for each in every)]
                distinct += [each for each in looks.values() if each.requires_grad or len(self.below) or level > 1]
            else:
                apart, apart_own, looks = shared, own, read
            following = {
                name: mixture(gate(looks[name]), [*apart, *apart_own[name]]) for name, gate in part.gates.items()
            }
            if part.shared_gate is not None:
                common = mixture(
                    part.shared_gate(common), [*shared, *(each for every in own.values() for each in every)]
                )
            read = following
        return Representation({name: features.float() for name, features in read.items()}, tuple(distinct))

    def own_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's gate below the last level, and its gate and experts in the last one."""
        *_, before, last = self.levels
        return (before.gates[task.name], last.gates[task.name], last.own[task.name])

    def map_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """Each expert of the last level that the task reads."""
        last = self.levels[-1]
        return (*last.shared, *last.own[task.name])

    def learned(self) -> dict[str, Learned]:
        """How much a task reads of the shared experts and of its own, by level, the mean over the last batch."""
        shares_by_level = {}
        for number, level in enumerate(self.levels, start=1):
            columns = expert_names(len(level.shared), len(next(iter(level.own.values()))))
            shares = torch.stack([gate.mean_shares for gate in level.gates.values()])
            shares_by_level[f"gates of level {number}"] = Learned(columns, shares)
        return shares_by_level


def _cuts(plan: Plan, levels: int, split: str) -> tuple[int, list[tuple[int, int]]]:
    """How many stages stand before the experts, and from which stage to which each level reaches."""
    count = len(plan.backbone.stages)
    first = stages_before_experts(plan, split) if split else max(0, count - levels)
    if count - first < levels:
        raise MtlDemoError(
            f"levels: {plan.backbone.title} has {count - first} stages behind its split point, too few for {levels} "
            "levels of experts; choose fewer levels, or an earlier split."
        )
    starts = [first, *range(count - levels + 1, count)]
    return first, list(zip(starts, [*starts[1:], count], strict=True))
