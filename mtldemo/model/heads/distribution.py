"""The head of a regression that is learned as a distribution over its range."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mtldemo.model.heads.base import Head, Prediction
from mtldemo.tasks import REGRESSION, Task


def bins(task: Task) -> Tensor:
    """Centres [C] of a distribution's bins, evenly spaced from ``low`` to ``high``, both included, in their unit."""
    return task.low + torch.arange(task.bins, dtype=torch.float32) * bin_width(task)


def bin_width(task: Task) -> float:
    """From one bin's centre to the next, in the task's unit."""
    return (task.high - task.low) / (task.bins - 1)


def quantile(task: Task, probabilities: Tensor, share: float) -> Tensor:
    """The value [B] below which ``share`` (0 to 1) of a distribution's ``probabilities`` [B, C] lies.

    Each bin reaches half its width to either side of its centre, and its probability is spread evenly over it.
    """
    cumulated = probabilities.cumsum(dim=1)
    # The sum of a float softmax may fall short of one, so the wanted share is of what there is.
    wanted = share * cumulated[:, -1:]
    last = probabilities.shape[1] - 1
    # What a search in sorted sums finds, in operations that ONNX has too.
    index = (cumulated < wanted).sum(dim=1, keepdim=True).clamp(max=last)
    inside = probabilities.gather(1, index)
    part = (wanted - (cumulated.gather(1, index) - inside)) / inside.clamp(min=torch.finfo(torch.float32).tiny)
    value = bins(task).to(index.device)[index] + (part.clamp(0, 1) - 0.5) * bin_width(task)
    return value[:, 0].clamp(task.low, task.high)


class DistributionHead(Head):
    """An output for each of ``task.bins`` bins, whose softmax is the probability that the value lies there."""

    kind = REGRESSION
    losses = ("distribution",)

    def output_size(self, task: Task) -> int:
        """The number of bins."""
        return task.bins

    def loss(self, task: Task, output: Tensor, target: Tensor, smoothing: float) -> Tensor:
        """The cross-entropy with a Gaussian around the label, as wide as ``task.spread``."""
        offsets = (bins(task).to(target.device) - target.float()[:, None]) / task.spread
        # A softmax over the bins normalises the Gaussian even where it reaches past the first or last one.
        return functional.cross_entropy(output, (-0.5 * offsets.square()).softmax(dim=1), reduction="none")

    def decode(self, task: Task, output: Tensor) -> Prediction:
        """The median and the probabilities of the bins."""
        probabilities = output.softmax(dim=1)
        return Prediction(self.answer(task, probabilities), probabilities)

    def answer(self, task: Task, probabilities: Tensor) -> Tensor:
        """The median, which minimises the expected absolute error, taken at the point inside its bin where the
        cumulated probability, spread evenly over each bin, reaches one half."""
        return quantile(task, probabilities, 0.5)

    def evidence(self, task: Task, output: Tensor, index: int) -> Tensor:
        """The expected value."""
        return output.softmax(1) @ bins(task).to(output.device)

    def prior(self, task: Task, labels: np.ndarray) -> np.ndarray:
        """The log of each bin's share, each label as wide as in the loss."""
        centres = bins(task).numpy().astype(np.float64)
        nearest = np.rint((labels - task.low) / bin_width(task)).clip(0, len(centres) - 1)
        counts = np.bincount(nearest.astype(int), minlength=len(centres))
        kernel = np.exp(-0.5 * ((centres[:, None] - centres[None, :]) / task.spread) ** 2)
        # Half a label more a bin keeps the log of a bin without labels finite.
        shares = kernel / kernel.sum(axis=0) @ counts + 0.5
        return np.log(shares / shares.sum())
