"""The head of a task with two classes: one number."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mtldemo.model.heads.base import Head, Prediction
from mtldemo.tasks import BINARY, Task


class BinaryHead(Head):
    """One output, whose sigmoid is the probability of the second class."""

    kind = BINARY
    losses = ("bce",)

    def output_size(self, task: Task) -> int:
        """1."""
        return 1

    def loss(self, task: Task, output: Tensor, target: Tensor, smoothing: float) -> Tensor:
        """The binary cross-entropy; labels aren't smoothed."""
        return functional.binary_cross_entropy_with_logits(output[:, 0], target.float(), reduction="none")

    def decode(self, task: Task, output: Tensor) -> Prediction:
        """The more probable class and the probabilities of both."""
        second = output[:, 0].sigmoid()
        return Prediction((second > 0.5).long(), torch.stack((1 - second, second), dim=1))

    def answer(self, task: Task, probabilities: Tensor) -> Tensor:
        """The most probable class."""
        return probabilities.argmax(1)

    def evidence(self, task: Task, output: Tensor, index: int) -> Tensor:
        """The output for the second class, its opposite for the first."""
        return (2 * index - 1) * output[:, 0]

    def prior(self, task: Task, labels: np.ndarray) -> np.ndarray:
        """The log odds of the second class; one label more a class keeps them finite."""
        counts = np.bincount(labels.astype(int), minlength=2) + 1.0
        return np.array([np.log(counts[1] / counts[0])])
