"""What the head of every kind of task has: layers, a loss, a way to read its output, and a start from labels alone."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from mtldemo.tasks import Task


class Prediction(NamedTuple):
    """``value`` [B]: a regression's value in the task's unit (float32), else the class index (int64). ``probabilities``
    [B, C]: of the classes, or of the bins of a distribution; [B, 0] for plain regression."""

    value: Tensor
    probabilities: Tensor


class Head(ABC):
    """What is done for a task of one kind; it holds no state, since its layers are in the network.

    ``kind`` names the kind of task and ``losses`` those of its losses that this head is trained with. B is the number
    of pictures, O that of a head's outputs for one picture.
    """

    kind: str
    losses: tuple[str, ...]

    @abstractmethod
    def output_size(self, task: Task) -> int:
        """O."""

    def layers(self, task: Task, width: int, hidden: int, dropout: float) -> nn.Sequential:
        """From features [B, ``width``] to the output [B, O]."""
        size = self.output_size(task)
        return nn.Sequential(nn.Dropout(dropout), nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, size))

    @abstractmethod
    def loss(self, task: Task, output: Tensor, target: Tensor, smoothing: float) -> Tensor:
        """The loss [B] of each output [B, O] (float32) against its label [B], all of which are there. ``smoothing`` (0
        to 1) is the share of a label that is spread over all classes, where there are several."""

    @abstractmethod
    def decode(self, task: Task, output: Tensor) -> Prediction:
        """Read an output [B, O] (float32, without a graph)."""

    @abstractmethod
    def answer(self, task: Task, probabilities: Tensor) -> Tensor:
        """The value [B] that ``probabilities`` [B, C] speak for."""

    def averaged(self, task: Task, prediction: Prediction, views: int) -> Prediction:
        """One prediction of N pictures from that of ``views`` views of each [views * N], view by view."""
        probabilities = prediction.probabilities.view(views, -1, prediction.probabilities.shape[1]).mean(0)
        return Prediction(self.answer(task, probabilities), probabilities)

    @abstractmethod
    def evidence(self, task: Task, output: Tensor, index: int) -> Tensor:
        """What in an output [B, O] speaks for the class ``index``, or the expected value of a regression: [B]."""

    @abstractmethod
    def prior(self, task: Task, labels: np.ndarray) -> np.ndarray:
        """The output [O] that fits ``labels`` [N], all of which are there, best without any picture."""

    def set_prior(self, task: Task, layers: nn.Sequential, labels: np.ndarray) -> None:
        """Let ``layers`` answer the prior of ``labels`` [N] where the layers before the last bias say nothing."""
        last = layers[3]
        assert isinstance(last, nn.Linear)
        last.bias.copy_(torch.as_tensor(self.prior(task, labels)))
