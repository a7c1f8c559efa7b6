"""Cross-stitch networks: a network a task, whose maps are mixed between the stages."""

from collections.abc import Sequence
from typing import Annotated, Any

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.model.sharing.base import Learned, Network, Plan, Representation
from mtldemo.settings import Setting
from mtldemo.tasks import Task


class CrossStitch(Network):
    r"""K backbones; between two stages each one reads a learned mixture of all their maps.

    .. math:: \tilde x_k^{(l)} = \sum_j \alpha_{kj}^{(l)} x_j^{(l)}, \qquad
        x_k^{(l+1)} = f_{\theta_k}^{(l+1)}(\tilde x_k^{(l)})

    Images [B, 3, S, S] -> features [B, F] a task. A unit alpha [K, K] stands behind each stage but the stem and the
    last. ``keep``, 0 to 1, default 0.9, is how much of its own map a task begins with; the rest comes from the others
    alike. At 1 the networks begin as single-task ones. All backbones begin with equal weights.

    Paper: Misra, Shrivastava, Gupta, Hebert, Cross-stitch Networks for Multi-Task Learning, CVPR 2016. Departures: one
    number for each pair of tasks, not for each channel; the units learn at the networks' rate (the paper has 100 times
    that), without weight decay; the networks aren't trained one by one before.
    """

    name = "cross_stitch"
    title = "Cross-stitch networks"
    idea = (
        "Each task has a whole network of its own; between the stages, every network reads a mixture of all their "
        "maps. What is mixed into what is learned, and can be watched."
    )
    formula = (
        r"\tilde x_k^{(l)} = \sum_j \alpha_{kj}^{(l)} x_j^{(l)}, \qquad x_k^{(l+1)} = f_{\theta_k}(\tilde x_k^{(l)})"
    )
    paper = "Misra, Shrivastava, Gupta, Hebert, Cross-stitch Networks for Multi-Task Learning, CVPR 2016"
    meeting = "At the K maps that enter the last unit; behind it each task is alone."

    stages: Any
    """The stages before each unit, by task."""
    units: Any
    """``StitchUnit``, one behind each of these."""

    def __init__(
        self,
        plan: Plan,
        *,
        keep: Annotated[
            float,
            Setting("Own share", "How much of its own map a task begins with; 1 mixes nothing yet.", low=0, high=1),
        ] = 0.9,
    ) -> None:
        from mtldemo.model.by_task import ByTask
        from mtldemo.model.sharing.copies import trunks_by_task
        from mtldemo.model.sharing.units import StitchUnit

        super().__init__(plan)
        self._stages = plan.backbone.stages
        last = len(self._stages) - 1
        trunks = trunks_by_task(plan)
        # Each stage with what belongs to it: the stem with the one behind it, the pool with the last one.
        cuts = [(0, 2), *((number, number + 1) for number in range(2, last))]
        self.stages = torch.nn.ModuleList(
            ByTask({name: trunk.through(*cut) for name, trunk in trunks.items()}) for cut in cuts
        )
        self.units = torch.nn.ModuleList(StitchUnit(len(self.tasks), keep) for _ in cuts)
        self.last = ByTask({name: trunk.from_(last) for name, trunk in trunks.items()})

    def represent(self, images: Tensor) -> Representation:
        """Images [B, 3, S, S] -> the features [B, F] of each task; they meet in the maps that enter the last unit."""
        entering = [images] * len(self.tasks)
        maps: list[Tensor] = []
        for number, (stage, unit) in enumerate(zip(self.stages, self.units, strict=True), start=1):
            maps = [network(image) for network, image in zip(stage.values(), entering, strict=True)]
            if number == len(self.units):
                maps = [each.float() for each in maps]
            entering = unit(maps)
        last = zip(self.last.items(), entering, strict=True)
        return Representation({name: network(image).float() for (name, network), image in last}, tuple(maps))

    def own_parts(self, task: Task) -> "Sequence[torch.nn.Module | torch.nn.Parameter]":
        """What the task reads from the last unit, and its last stage."""
        return (self.units[-1].rows[self.tasks.index(task)], self.last[task.name])

    def map_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's backbone."""
        return (torch.nn.Sequential(*(stage[task.name] for stage in self.stages), self.last[task.name]),)

    def learned(self) -> dict[str, Learned]:
        """What each task reads of whom, by the stage that a unit stands behind."""
        names = tuple(task.name for task in self.tasks)
        behind = zip(self._stages[1:], self.units, strict=False)
        return {f"behind {stage}": Learned(names, unit.alpha().detach()) for stage, unit in behind}
