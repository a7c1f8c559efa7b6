"""Hard sharing: the tasks share the backbone up to a split point, and have what follows for themselves."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.model.sharing.base import POOL, Network, Plan, Representation, split_index
from mtldemo.settings import Setting
from mtldemo.tasks import Task


class HardSharing(Network):
    r"""One backbone for all tasks up to ``split``; each task has its own copy of the later stages, and its head.

    .. math:: z = f_\theta(x), \qquad \hat y_k = h_k(g_k(z))

    Split at the pool, g_k is nothing and z are the pooled features [B, F]: the HydraNet, whose gradients meet at z.
    Split before that, z is a map [B, C, H, W]. ``split``: a stage of the backbone, its number (1 is the stem), or
    ``pool``, the default. The tasks' copies begin with the same weights.

    Paper: Caruana, Multitask Learning, Machine Learning 28, 1997.
    """

    name = "hard"
    title = "Hard sharing"
    idea = (
        "All tasks look through the same backbone, and each has a small head of its own on what it sees. Split "
        "earlier, each task has later stages of its own as well: more room to differ, at more cost."
    )
    formula = r"z = f_\theta(x), \qquad \hat y_k = h_k(g_k(z))"
    paper = "Caruana, Multitask Learning, Machine Learning 28, 1997"
    meeting = "At the last thing that is shared: the pooled features, or the map at the split point."
    places = ("shared", "block", "features")

    def __init__(
        self,
        plan: Plan,
        *,
        split: Annotated[
            str, Setting("Shared up to", "A stage of the backbone, by name or number; pool shares all of them.")
        ] = POOL,
    ) -> None:
        from mtldemo.model.by_task import ByTask
        from mtldemo.model.sharing.copies import copies, new_backbone
        from mtldemo.model.trunk import blocks, trunk_of

        super().__init__(plan)
        network = new_backbone(plan)
        trunk, shared = trunk_of(network, plan.backbone), self._shared_stages(plan, split)
        self._block = [blocks(trunk.stages[min(shared, len(trunk.stages)) - 1])[-1]]
        if shared > len(trunk.stages):
            self.backbone, self.later = network, None
        else:
            self.backbone = trunk.through(0, shared)
            self.later = ByTask(copies(trunk.from_(shared), plan.names))

    @classmethod
    def check(cls, plan: Plan, options: Mapping[str, Any]) -> None:
        """Raises ``MtlDemoError`` where the backbone has no such split point."""
        cls._shared_stages(plan, options.get("split", POOL))

    def represent(self, images: Tensor) -> Representation:
        """Images [B, 3, S, S] -> the features [B, F] of each task; they meet in what the backbone puts out."""
        shared = self.backbone(images).float()
        if self.later is None:
            return Representation({task.name: shared for task in self.tasks}, (shared,))
        return Representation({name: later(shared).float() for name, later in self.later.items()}, (shared,))

    def own_parts(self, task: Task) -> "Sequence[torch.nn.Module | torch.nn.Parameter]":
        """The task's later stages."""
        return () if self.later is None else (self.later[task.name],)

    def map_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The backbone, and the task's later stages."""
        return (self.backbone if self.later is None else torch.nn.Sequential(self.backbone, self.later[task.name]),)

    def last_block(self) -> "torch.nn.Module":
        """The shared block nearest to the split point."""
        return self._block[0]

    @staticmethod
    def _shared_stages(plan: Plan, split: str) -> int:
        return split_index(plan, split, points=(*plan.backbone.stages, POOL))
