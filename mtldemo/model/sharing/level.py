"""One level of PLE: experts for all and for each task, and the gates behind them. Imports torch."""

from collections.abc import Iterable, Mapping

from torch import nn

from mtldemo.model.by_task import ByTask
from mtldemo.model.sharing.units import Gate


class Level(nn.Module):
    """``shared`` experts, and each task's ``own``; ``gates`` by task read both. ``shared_gate`` reads all experts for
    what the next level's shared ones get; the last level has none.

    ``shape`` (C, H, W) is that of the maps which the gates look at.
    """

    def __init__(
        self,
        shared: Iterable[nn.Module],
        own: Mapping[str, Iterable[nn.Module]],
        shape: tuple[int, int, int],
        last: bool,
    ) -> None:
        super().__init__()
        self.shared = nn.ModuleList(shared)
        experts = {name: nn.ModuleList(modules) for name, modules in own.items()}
        self.own = ByTask(experts)
        self.gates = ByTask({name: Gate(shape, len(self.shared) + len(experts[name])) for name in experts})
        every = len(self.shared) + sum(map(len, experts.values()))
        self.shared_gate = None if last else Gate(shape, every)
