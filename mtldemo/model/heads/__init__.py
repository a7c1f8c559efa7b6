"""The heads: from shared features to a loss, and to an answer. One file a head, all of them listed once, here.

B is the number of pictures. **The loss of a task is the mean over the pictures of the batch that have a label for it**,
in the label's own unit, so that losses of different tasks differ in scale as they do in the wild. It is divided by how
many labels there are and not by B: a picture with a label weighs the same whatever its neighbours lack, and a task
with few labels has a loss as large as one with many, from fewer pictures. A batch without any label of a task has a
loss of zero and no gradient for it.
"""

import torch
from torch import Tensor

from mtldemo.model.heads.base import Head, Prediction
from mtldemo.model.heads.binary import BinaryHead
from mtldemo.model.heads.classes import ClassesHead
from mtldemo.model.heads.distribution import DistributionHead, bin_width, bins, quantile
from mtldemo.model.heads.regression import RegressionHead
from mtldemo.tasks import Task

__all__ = [
    "HEADS",
    "Head",
    "Prediction",
    "bin_width",
    "bins",
    "decode",
    "head_of",
    "output_size",
    "quantile",
    "task_loss",
]

HEADS: tuple[Head, ...] = (RegressionHead(), DistributionHead(), BinaryHead(), ClassesHead())
"""Every head; each loss of each kind of task has one."""


def head_of(task: Task) -> Head:
    """The head for a task's kind and loss."""
    for head in HEADS:
        if head.kind == task.kind and task.loss in head.losses:
            return head
    raise ValueError(f"task {task.name!r} has a loss without a formula: {task.loss!r}")


def output_size(task: Task) -> int:
    """How many numbers the head of ``task`` puts out for one picture."""
    return head_of(task).output_size(task)


def task_loss(task: Task, output: Tensor, target: Tensor, present: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """The loss of ``output`` [B, ``output_size``] against labels ``target`` [B]: a scalar (float32), the mean over the
    pictures that are ``present`` [B] (bool): those that have a label. Without any it is zero, still joined to the
    graph, so that a backward pass gives zero gradients.

    ``smoothing`` (0 to 1) spreads that share of a label over all classes; it concerns ``cross_entropy`` alone.
    """
    # A missing label is swapped for a valid one before the loss, so that no NaN or index out of range is ever computed.
    safe = torch.where(present, target, torch.zeros_like(target))
    each = head_of(task).loss(task, output.float(), safe, smoothing)
    return torch.where(present, each, 0.0).sum() / present.sum().clamp(min=1)


def decode(task: Task, output: Tensor) -> Prediction:
    """Read ``output`` [B, ``output_size``] as predictions. A regression's value is kept within ``low`` to ``high``."""
    return head_of(task).decode(task, output.detach().float())
