"""Hard sharing around a backbone of a test's own."""

from collections.abc import Sequence

from torch import nn

from mtldemo import model as models
from mtldemo.config import ModelConfig
from mtldemo.model.by_task import ByTask
from mtldemo.model.heads import head_of
from mtldemo.model.sharing import Network
from mtldemo.tasks import Task


def hydranet(
    backbone: nn.Module,
    width: int,
    tasks: Sequence[Task],
    *,
    hidden: int,
    dropout: float,
    block: nn.Module | None = None,
) -> Network:
    """A network whose ``backbone`` gives features [B, ``width``]; ``block`` is the last of its blocks."""
    network = models.build(ModelConfig(head_hidden=8), tasks, 32)
    network.backbone = backbone
    network.heads = ByTask({task.name: head_of(task).layers(task, width, hidden, dropout) for task in tasks})
    network._block = [block]  # type: ignore[assignment]
    return network
