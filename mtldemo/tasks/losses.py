"""From a head's output to a loss, and from an output to a prediction.

B is the number of pictures. Every loss is a mean over the pictures that carry a label for the task, in the label's own
unit, so that losses of different tasks differ in scale as they do in the wild.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mtldemo.tasks.task import CLASSES, REGRESSION, Task


class Prediction(NamedTuple):
    """``value`` [B]: a regression's value in the task's unit (float32), else the class index (int64). ``probabilities``
    [B, C]: of the classes, or of the bins of a distribution; [B, 0] for plain regression."""

    value: Tensor
    probabilities: Tensor


def bins(task: Task) -> Tensor:
    """Centres [C] of a distribution's bins, evenly spaced from ``low`` to ``high``, both included, in their unit."""
    return task.low + torch.arange(task.bins, dtype=torch.float32) * bin_width(task)


def bin_width(task: Task) -> float:
    """From one bin's centre to the next, in the task's unit."""
    return (task.high - task.low) / (task.bins - 1)


def output_size(task: Task) -> int:
    """How many numbers the head of ``task`` puts out for one picture."""
    if task.kind == CLASSES:
        return len(task.classes)
    return task.bins if task.loss == "distribution" else 1


def labelled(target: Tensor) -> Tensor:
    """Which of the labels [B] are there: bool [B], false for ``MISSING`` (any negative label) and NaN."""
    return target >= 0


def task_loss(task: Task, output: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """The loss of ``output`` [B, ``output_size``] against labels ``target`` [B]: a scalar (float32), the mean over the
    labelled pictures. Without any it is zero, still joined to the graph, so that a backward pass gives zero gradients.

    ``smoothing`` (0 to 1) spreads that share of a label over all classes; it concerns ``cross_entropy`` alone.
    """
    mask = labelled(target)
    # A missing label is swapped for a valid one before the loss, so that no NaN or index out of range is ever computed.
    safe = torch.where(mask, target, torch.zeros_like(target))
    each = _each(task, output.float(), safe, smoothing)
    return torch.where(mask, each, 0.0).sum() / mask.sum().clamp(min=1)


def decode(task: Task, output: Tensor) -> Prediction:
    """Read ``output`` [B, ``output_size``] as predictions. A regression's value is kept within ``low`` to ``high``.

    A distribution is decoded by its median, which minimises the expected absolute error, taken at the point inside its
    bin where the cumulated probability, spread evenly over each bin, reaches one half.
    """
    output = output.detach().float()
    if task.kind == CLASSES:
        return Prediction(output.argmax(dim=1), output.softmax(dim=1))
    if task.kind != REGRESSION:
        second = output[:, 0].sigmoid()
        return Prediction((second > 0.5).long(), torch.stack((1 - second, second), dim=1))
    if task.loss != "distribution":
        return Prediction(output[:, 0].clamp(task.low, task.high), output.new_empty((output.shape[0], 0)))
    probabilities = output.softmax(dim=1)
    return Prediction(quantile(task, probabilities, 0.5), probabilities)


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


def _each(task: Task, output: Tensor, target: Tensor, smoothing: float) -> Tensor:
    """The loss [B] of each picture; every label is valid here."""
    if task.loss == "cross_entropy":
        return functional.cross_entropy(output, target.long(), reduction="none", label_smoothing=smoothing)
    if task.loss == "distribution":
        offsets = (bins(task).to(target.device) - target.float()[:, None]) / task.spread
        # A softmax over the bins normalises the Gaussian even where it reaches past the first or last one.
        return functional.cross_entropy(output, (-0.5 * offsets.square()).softmax(dim=1), reduction="none")
    output, target = output[:, 0], target.float()
    if task.loss == "bce":
        return functional.binary_cross_entropy_with_logits(output, target, reduction="none")
    if task.loss == "l1":
        return functional.l1_loss(output, target, reduction="none")
    if task.loss == "mse":
        return functional.mse_loss(output, target, reduction="none")
    if task.loss == "huber":
        return functional.huber_loss(output, target, reduction="none", delta=task.tolerance)
    raise ValueError(f"task {task.name!r} has a loss without a formula: {task.loss!r}")
