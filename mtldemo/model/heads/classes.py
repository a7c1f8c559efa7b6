"""The head of a task with three or more classes."""

import numpy as np
from torch import Tensor
from torch.nn import functional

from mtldemo.model.heads.base import Head, Prediction
from mtldemo.tasks import CLASSES, Task


class ClassesHead(Head):
    """An output for each class, whose softmax is the probability of it."""

    kind = CLASSES
    losses = ("cross_entropy",)

    def output_size(self, task: Task) -> int:
        """The number of classes."""
        return len(task.classes)

    def loss(self, task: Task, output: Tensor, target: Tensor, smoothing: float) -> Tensor:
        """The cross-entropy with the label, of which the share ``smoothing`` is spread over all classes."""
        return functional.cross_entropy(output, target.long(), reduction="none", label_smoothing=smoothing)

    def decode(self, task: Task, output: Tensor) -> Prediction:
        """The most probable class and the probabilities of all."""
        return Prediction(output.argmax(dim=1), output.softmax(dim=1))

    def answer(self, task: Task, probabilities: Tensor) -> Tensor:
        """The most probable class."""
        return probabilities.argmax(1)

    def evidence(self, task: Task, output: Tensor, index: int) -> Tensor:
        """The output for the class."""
        return output[:, index]

    def prior(self, task: Task, labels: np.ndarray) -> np.ndarray:
        """The log of each class's share; one label more a class keeps the log of a class without labels finite."""
        counts = np.bincount(labels.astype(int), minlength=len(task.classes)) + 1.0
        return np.log(counts / counts.sum())
