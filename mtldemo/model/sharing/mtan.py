"""MTAN: one backbone, out of whose maps each task chooses by attention."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.model.sharing.base import Network, Plan, Representation, seen_apart
from mtldemo.tasks import Task


class MultiTaskAttention(Network):
    r"""One backbone; behind each stage a task's soft mask picks what it needs, and hands it to its next mask.

    .. math:: a_k^{(l)} = m_k^{(l)}\big([p^{(l)}; b_k^{(l)}]\big) \odot u^{(l)}, \qquad
        b_k^{(l+1)} = \mathrm{pool}\big(c^{(l)}(a_k^{(l)})\big)

    p and u are the maps [B, C, H, W] before and after a stage's last block, m the task's own attention (1 x 1
    convolutions to C / 4 channels and back, batch norm, sigmoid), c a 3 x 3 convolution with batch norm that all tasks
    share. The features [B, F] are pooled from the last a_k. No setting.

    Paper: Liu, Johns, Davison, End-to-End Multi-Task Learning with Attention, CVPR 2019. Departures: the stem has no
    attention; a stage of one block reads u for p.
    """

    name = "mtan"
    title = "Multi-task attention (MTAN)"
    idea = (
        "All tasks share one backbone, and each has small attention modules beside it which pick, at every stage, what "
        "in the shared maps is of use to it."
    )
    formula = (
        r"a_k^{(l)} = m_k^{(l)}\left([p^{(l)}; b_k^{(l)}]\right) \odot u^{(l)}, \qquad "
        r"b_k^{(l+1)} = \mathrm{pool}\left(c^{(l)}(a_k^{(l)})\right)"
    )
    paper = "Liu, Johns, Davison, End-to-End Multi-Task Learning with Attention, CVPR 2019"
    meeting = "At the maps that the attention modules read and mask, and in the convolutions between these modules."

    before: Any
    after: Any
    """Each stage but the stem, up to its last block and from there."""
    masks: Any
    """``Attention`` by task, one for each of these."""
    passing: Any
    """What hands a masked map to the next attention module."""

    def __init__(self, plan: Plan) -> None:
        from mtldemo.model.by_task import ByTask
        from mtldemo.model.sharing.attention import Attention, passing_layers
        from mtldemo.model.sharing.copies import copies, new_trunk
        from mtldemo.model.trunk import blocks, map_shapes

        super().__init__(plan)
        trunk = new_trunk(plan)
        self.stem = trunk.stages[0]
        rows = [blocks(stage) for stage in trunk.stages[1:]]
        self.before = torch.nn.ModuleList(torch.nn.Sequential(*(row[:-1] or row)) for row in rows)
        self.after = torch.nn.ModuleList(torch.nn.Sequential(*(row[-1:] if len(row) > 1 else ())) for row in rows)
        halves = [half for both in zip(self.before, self.after, strict=True) for half in both]
        _, _, *shapes = map_shapes([self.stem, *halves], plan.image_size)
        read, masked = shapes[::2], shapes[1::2]
        self.masks = torch.nn.ModuleList(
            ByTask({name: Attention(look[0] + (pick[0] if level else 0), pick[0]) for name in plan.names})
            for level, (look, pick) in enumerate(zip(read, masked, strict=True))
        )
        self.passing = torch.nn.ModuleList(
            passing_layers(shape[0], following[0], shape[1:], following[1:]) for shape, following in pairwise(masked)
        )
        # What follows the last map may have weights, as ConvNeXt's norm has.
        self.pools = ByTask(copies(trunk.pool, plan.names))

    def represent(self, images: Tensor) -> Representation:
        """Images [B, 3, S, S] -> the features [B, F] of each task.

        They meet in the maps that the attention modules look at; the convolutions between these modules lie behind.
        """
        maps = self.stem(images)
        seen: list[Tensor] = []
        passed: dict[str, Tensor] = {}
        for level, (before, after) in enumerate(zip(self.before, self.after, strict=True)):
            read = before(maps)
            maps = after(read)
            # What a task looks at is another tensor than what the next stage does: the task gradients arrive there.
            look = seen_apart(read)
            pick = look if maps is read else seen_apart(maps)
            seen += [look] if pick is look else [look, pick]
            for name, mask in self.masks[level].items():
                read_by_mask = torch.cat([look, passed[name]], 1) if level else look
                attended = mask(read_by_mask, pick)
                passed[name] = self.passing[level](attended) if level < len(self.passing) else attended
        features = {name: pool(passed[name]).float() for name, pool in self.pools.items()}
        return Representation(features, tuple(seen))

    def own_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's attention modules."""
        return (*(masks[task.name] for masks in self.masks), self.pools[task.name])

    def meeting_parameters(self) -> "Sequence[torch.nn.Parameter]":
        """Those of the convolutions between the attention modules, which all tasks share."""
        return tuple(self.passing.parameters())

    def map_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's attention modules."""
        return (torch.nn.ModuleList(masks[task.name] for masks in self.masks),)
