"""How good a batch's outputs are, as one number from 0 to 1 a task, for strategies that weigh by performance."""

from torch import Tensor

from mtldemo.tasks import REGRESSION, Task
from mtldemo.tasks.losses import decode, labelled


def batch_performance(task: Task, output: Tensor, target: Tensor) -> Tensor:
    """The share (0 to 1, a scalar without graph) of labelled pictures that ``output`` [B, ``output_size(task)``] gets
    right: the class, or a regression's value to within 5 units (CS@5). Zero where no picture has a label."""
    mask = labelled(target)
    value = decode(task, output).value
    right = (value - target.float()).abs() <= task.tolerance if task.kind == REGRESSION else value == target
    return (right & mask).sum() / mask.sum().clamp(min=1)
