"""One shared backbone and one head for each task."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mtldemo.config import ModelConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model.backbones import build_backbone, last_block
from mtldemo.model.catalogue import backbone_named
from mtldemo.model.heads import head_of
from mtldemo.tasks import Task


class TaskHeads(nn.ModuleDict):
    """The heads by task. A task may be called as it likes, such as ``keys`` or ``training``: its head is kept beside
    the attributes that modules have, so that neither hides the other."""

    def add_module(self, name: str, module: nn.Module | None) -> None:
        """Keep ``module`` under ``name``, without ``ModuleDict``'s refusal of names that are attributes."""
        self._modules[name] = module  # type: ignore[assignment]

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)


class HydraNet(nn.Module):
    """Images [B, 3, S, S] -> one output [B, ``output_size(task)``] for each task, by name.

    The backbone runs once; each head is Dropout, Linear, ReLU, Linear on the pooled features [B, F]. Features and
    heads are float32 even under autocast: an age in bf16 would come in steps of a quarter of a year.
    """

    def __init__(self, backbone: nn.Module, width: int, tasks: Sequence[Task], *, hidden: int, dropout: float) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        self.backbone = backbone
        self.heads = TaskHeads({task.name: head_of(task).layers(task, width, hidden, dropout) for task in self.tasks})

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Images [B, 3, S, S], normalised -> outputs by task, each [B, ``output_size(task)``], float32."""
        return self.predict_from(self.features(images))

    def features(self, images: Tensor) -> Tensor:
        """Images [B, 3, S, S], normalised -> the shared features [B, F], float32."""
        return self.backbone(images).float()

    def predict_from(self, features: Tensor) -> dict[str, Tensor]:
        """Shared features [B, F] -> outputs by task, each [B, ``output_size(task)``], float32."""
        with torch.autocast(features.device.type, enabled=False):
            return {name: head(features) for name, head in self.heads.items()}

    def shared_parameters(self) -> Iterator[nn.Parameter]:
        """The backbone's parameters, which every task's gradient reaches."""
        return self.backbone.parameters()

    def last_block(self) -> nn.Module:
        """The backbone's last block: its parameters are the shared ones nearest to the heads."""
        return last_block(self.backbone)

    def last_block_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters of the last block, and of what follows it in the backbone (in ConvNeXt, a norm)."""
        first = next(self.last_block().parameters())
        return itertools.dropwhile(lambda parameter: parameter is not first, self.shared_parameters())

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """The heads' parameters, each of which one task's gradient reaches."""
        return self.heads.parameters()

    def own_parameters(self, task: Task) -> Iterator[nn.Parameter]:
        """The parameters of one task's head, which no other task's gradient reaches."""
        return self.heads[task.name].parameters()

    @torch.no_grad()
    def set_priors(self, labels: Mapping[str, np.ndarray]) -> None:
        """Start each head from what the training ``labels`` [N] of its task say without looking at any picture, so that
        the first steps aren't spent on learning it (see ``Head.prior``).

        Labels are those that are there, in the task's unit; a task without any keeps its start.
        """
        for task in self.tasks:
            values = np.asarray(labels.get(task.name, ()), dtype=np.float64)
            if len(values):
                head_of(task).set_prior(task, self.heads[task.name], values)  # type: ignore[arg-type]


def build_hydranet(config: ModelConfig, tasks: Sequence[Task], image_size: int) -> HydraNet:
    """The model of a run, with weights from torch's global generator (and ImageNet's, if ``config.pretrained``).

    Raises ``MtlDemoError`` for an unknown backbone, images too small for it, or ImageNet weights that can't be had.
    """
    choice = backbone_named(config.backbone)
    if image_size < choice.smallest:
        raise MtlDemoError(
            f"{choice.title} needs images of at least {choice.smallest} px, found {image_size}; choose a larger image "
            "size or the backbone resnet18_small."
        )
    backbone, width = build_backbone(config.backbone, pretrained=config.pretrained)
    return HydraNet(backbone, width, tasks, hidden=config.head_hidden, dropout=config.dropout)
