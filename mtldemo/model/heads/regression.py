"""The head of a plain regression: one number."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mtldemo.model.heads.base import Head, Prediction
from mtldemo.tasks import REGRESSION, Task


class Scale(nn.Module):
    """The last layer of a plain regression's head: multiplies by the standard deviation of the training labels.

    So the layers before work with numbers near one, as the other tasks' do; the output, and the loss, stay in the
    task's unit. Without it the head and the features must first grow to the size of ages, and drown what the other
    tasks need from them. ``factor`` [] is a buffer, 1 until the prior is set.
    """

    factor: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("factor", torch.ones(()))

    def forward(self, values: Tensor) -> Tensor:
        """Values [B, 1] in standard deviations -> [B, 1] in the task's unit."""
        return values * self.factor


class RegressionHead(Head):
    """One output, in the task's unit. Labels are any finite numbers, negative ones too."""

    kind = REGRESSION
    losses = ("l1", "mse", "huber")

    def output_size(self, task: Task) -> int:
        """1."""
        return 1

    def layers(self, task: Task, width: int, hidden: int, dropout: float) -> nn.Sequential:
        """The layers of every head, then ``Scale``."""
        return nn.Sequential(*super().layers(task, width, hidden, dropout), Scale())

    def loss(self, task: Task, output: Tensor, target: Tensor, smoothing: float) -> Tensor:
        """The absolute error, its square, or Huber's loss, which turns from square to line at the tolerance."""
        output, target = output[:, 0], target.float()
        if task.loss == "l1":
            return functional.l1_loss(output, target, reduction="none")
        if task.loss == "mse":
            return functional.mse_loss(output, target, reduction="none")
        return functional.huber_loss(output, target, reduction="none", delta=task.tolerance)

    def decode(self, task: Task, output: Tensor) -> Prediction:
        """The output, kept within the task's range."""
        return Prediction(output[:, 0].clamp(task.low, task.high), output.new_empty((output.shape[0], 0)))

    def answer(self, task: Task, probabilities: Tensor) -> Tensor:
        """A number has no probabilities: raises ``TypeError``."""
        raise TypeError(f"the head of {task.name!r} puts out a number, no probabilities")

    def averaged(self, task: Task, prediction: Prediction, views: int) -> Prediction:
        """The mean value."""
        value = prediction.value.view(views, -1).mean(0)
        return Prediction(value, value.new_empty((value.shape[0], 0)))

    def evidence(self, task: Task, output: Tensor, index: int) -> Tensor:
        """The value itself."""
        return output[:, 0]

    def prior(self, task: Task, labels: np.ndarray) -> np.ndarray:
        """The mean label for ``mse``, the median for the others."""
        return np.array([labels.mean() if task.loss == "mse" else np.median(labels)])

    def set_prior(self, task: Task, layers: nn.Sequential, labels: np.ndarray) -> None:
        """The prior, in standard deviations of ``labels`` [N] as the layers before ``Scale`` are from here on."""
        linear, scale = layers[3], layers[4]
        assert isinstance(linear, nn.Linear)
        assert isinstance(scale, Scale)
        # All labels equal: there is nothing to tell apart, so the unit doesn't matter.
        scale.factor.fill_(float(labels.std()) or 1.0)
        linear.bias.copy_(torch.as_tensor(self.prior(task, labels)) / scale.factor)
