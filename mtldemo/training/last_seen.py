"""What a strategy is shown for a task that has no label in a batch."""

import torch
from torch import Tensor, nn

NEVER = -1.0
"""Stands for a number that was never seen; all that are kept are at least zero."""


class LastSeen(nn.Module):
    """Keeps K numbers of the last batch in which each task had a label, and puts them where this batch has none.

    Before a task was ever seen, the mean over the tasks of this batch stands in for it (1 where no task has a label).
    A loss of zero would be false: strategies that divide by it, or take its logarithm, would be thrown off for long.
    Where a number is filled in no gradient flows.
    """

    losses: Tensor
    norms: Tensor
    performance: Tensor

    def __init__(self, tasks: int) -> None:
        super().__init__()
        for name in ("losses", "norms", "performance"):
            self.register_buffer(name, torch.full((tasks,), NEVER))

    def fill(self, name: str, values: Tensor, present: Tensor) -> Tensor:
        """``values`` [K] of the kind ``name``, from memory where ``present`` [K] is false; the rest is kept."""
        memory: Tensor = getattr(self, name)
        known, there = values.detach().to(memory), present.to(memory.device)
        mean = torch.where(there, known, 0.0).sum() / there.sum()
        remembered = torch.where(memory == NEVER, torch.where(there.any(), mean, torch.ones_like(mean)), memory)
        memory.copy_(torch.where(there, known, memory))
        return torch.where(present, values, remembered.to(values))

    def fill_gramian(self, gramian: Tensor, present: Tensor) -> Tensor:
        """``gramian`` [K, K] of the task gradients; a task that isn't ``present`` [K] is given the norm of its last
        gradient, at right angles to the others."""
        norms = gramian.diagonal().clamp(min=0).sqrt()
        squares = self.fill("norms", norms, present).square()
        both = present[:, None] & present[None, :]
        return torch.where(both, gramian, torch.diag(torch.where(present, gramian.diagonal(), squares)))
