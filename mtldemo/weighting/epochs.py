"""What strategies share that go by the mean losses of whole epochs."""

from abc import abstractmethod
from collections.abc import Sequence

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.tasks import Task
from mtldemo.weighting.base import LossStrategy


class EpochStrategy(LossStrategy):
    """Sums up the losses of an epoch's training steps, and hands their mean over at its end.

    State: the running ``total`` [K] and ``steps`` of this epoch, and the ``epochs`` ended.
    """

    total: Tensor
    steps: Tensor
    epochs: Tensor

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__(tasks)
        self.register_buffer("total", torch.zeros(len(self.tasks)))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.register_buffer("epochs", torch.zeros((), dtype=torch.int64))

    def count(self, losses: Tensor) -> None:
        """In training mode ``losses`` [K] join this epoch's mean."""
        if self.training:
            self.total += losses.detach()
            self.steps += 1

    def end_epoch(self) -> None:
        """Hand this epoch's mean to ``take``. An epoch without a step changes nothing."""
        if int(self.steps) == 0:
            return
        self.epochs += 1
        self.take(self.total / self.steps)
        self.total.zero_()
        self.steps.zero_()

    @abstractmethod
    def take(self, mean: Tensor) -> None:
        """``mean`` [K]: the losses of the epoch that has just ended, which is number ``epochs``."""
