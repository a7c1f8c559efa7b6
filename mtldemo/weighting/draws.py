"""Randomness that a strategy may use: repeatable, saved with its state, the same in every process."""

from collections.abc import Sequence
from typing import Any

from mtldemo.lazy_torch import Module, Tensor, torch
from mtldemo.tasks import Task


class Draws(Module):
    """A stream of random numbers that depends on ``seed`` and on how often it was asked, and on nothing else.

    torch's own generator is left alone. ``count`` [] is the whole state, so a resumed run draws what the uninterrupted
    one would have; as each process of a distributed run counts alike, all draw the same. Numbers by task follow the
    tasks' names, so that the order of the tasks changes nothing.
    """

    count: Tensor

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__()
        names = [task.name for task in tasks]
        self._ranks = [sorted(names).index(name) for name in names]
        self.seed = 0
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def _apply(self, fn: Any, recurse: bool = True) -> "Draws":
        # The count stays on the CPU: reading it from a GPU would stall every step.
        return self

    def generator(self) -> "torch.Generator":
        """A fresh CPU generator for this step; each call moves the stream on by one."""
        self.count += 1
        # An odd factor larger than any run's steps: no two pairs of seed and count meet.
        return torch.Generator().manual_seed((self.seed * 1_000_000_007 + int(self.count)) % 2**63)

    def normal(self) -> Tensor:
        """One standard normal number for each task, [K], float32 on the CPU."""
        return torch.randn(len(self._ranks), generator=self.generator())[self._ranks]

    def orders(self) -> dict[int, list[int]]:
        """For each task, by its index, an ``order`` of all. They are drawn by name, so that the order of the tasks
        doesn't decide who is drawn for first."""
        by_name = sorted(range(len(self._ranks)), key=self._ranks.__getitem__)
        return {index: self.order() for index in by_name}

    def order(self) -> list[int]:
        """The indices of the tasks, 0 to K - 1, in a random order."""
        drawn = torch.rand(len(self._ranks), generator=self.generator())[self._ranks]
        return torch.argsort(drawn).tolist()
