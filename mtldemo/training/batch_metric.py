"""How good a batch's outputs are, as one number from 0 to 1 a task, for strategies that weigh by performance."""

from torch import Tensor

from mtldemo.model.heads import decode
from mtldemo.tasks import REGRESSION, Task


def batch_performance(task: Task, output: Tensor, target: Tensor, present: Tensor) -> Tensor:
    """The share (0 to 1, a scalar without graph) of the pictures with a label (``present`` [B], bool) that ``output``
    [B, ``output_size(task)``] gets right: the class, or a regression's value to within the task's tolerance. Zero where
    no picture has a label."""
    value = decode(task, output).value
    right = (value - target.float()).abs() <= task.tolerance if task.kind == REGRESSION else value == target
    return (right & present).sum() / present.sum().clamp(min=1)
