"""One shared backbone and one head for each task."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from mtldemo.config import ModelConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model.backbones import build_backbone, last_block
from mtldemo.model.catalogue import backbone_named
from mtldemo.tasks import BINARY, REGRESSION, Task
from mtldemo.tasks.losses import bin_width, bins, output_size


class Spread(nn.Module):
    """The last layer of a plain regression's head: multiplies by the spread of the training labels.

    So the layers before work with numbers near one, as the other tasks' do; the output, and the loss, stay in the
    task's unit. Without it the head and the features must first grow to the size of ages, and drown what the other
    tasks need from them. ``factor`` [] is a buffer, 1 until ``HydraNet.set_priors``.
    """

    factor: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("factor", torch.ones(()))

    def forward(self, values: Tensor) -> Tensor:
        """Values [B, 1] in spreads -> [B, 1] in the task's unit."""
        return values * self.factor


class HydraNet(nn.Module):
    """Images [B, 3, S, S] -> one output [B, ``output_size(task)``] for each task, by name.

    The backbone runs once; each head is Dropout, Linear, ReLU, Linear on the pooled features [B, F]. Features and
    heads are float32 even under autocast: an age in bf16 would come in steps of a quarter of a year.
    """

    def __init__(self, backbone: nn.Module, width: int, tasks: Sequence[Task], *, hidden: int, dropout: float) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        self.backbone = backbone
        self.heads = nn.ModuleDict({task.name: _head(task, width, hidden, dropout) for task in self.tasks})

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

    @torch.no_grad()
    def set_priors(self, labels: Mapping[str, np.ndarray]) -> None:
        """Start each head from what the training labels [N] of its task say without looking at any picture.

        The last layer's bias becomes the mean label (``mse``), the median (``l1``, ``huber``), or the log of each
        class's or year's share, so that the first steps aren't spent on learning it. Missing labels (negative or NaN)
        are left out; a task without any labels keeps its bias. A plain regression's output is measured in standard
        deviations of its labels from here on (see ``Spread``).
        """
        for task in self.tasks:
            values = np.asarray(labels.get(task.name, ()), dtype=np.float64)
            values = values[values >= 0]
            if not len(values):
                continue
            head, prior = self.heads[task.name], torch.as_tensor(_prior(task, values))
            last = head[-1]  # type: ignore[index]
            if isinstance(last, Spread):
                # All labels equal: there is nothing to tell apart, so the unit doesn't matter.
                last.factor.fill_(float(values.std()) or 1.0)
                last, prior = head[-2], prior / last.factor  # type: ignore[index]
            last.bias.copy_(prior)


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


def _head(task: Task, width: int, hidden: int, dropout: float) -> nn.Sequential:
    layers = [nn.Dropout(dropout), nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, output_size(task))]
    plain = task.kind == REGRESSION and task.loss != "distribution"
    return nn.Sequential(*layers, *([Spread()] if plain else []))


def _prior(task: Task, values: np.ndarray) -> np.ndarray:
    """The output [``output_size(task)``] that fits ``values`` [N], all labelled, best without any input."""
    if task.loss == "distribution":
        centres = bins(task).numpy().astype(np.float64)
        nearest = np.rint((values - task.low) / bin_width(task)).clip(0, len(centres) - 1)
        counts = np.bincount(nearest.astype(int), minlength=len(centres))
        kernel = np.exp(-0.5 * ((centres[:, None] - centres[None, :]) / task.spread) ** 2)
        # Each label is as wide as in the loss; half a label more a year keeps the log of an unseen age finite.
        shares = kernel / kernel.sum(axis=0) @ counts + 0.5
        return np.log(shares / shares.sum())
    if task.kind == REGRESSION:
        return np.array([values.mean() if task.loss == "mse" else np.median(values)])
    # One label more a class keeps the log of a class without labels finite.
    counts = np.bincount(values.astype(int), minlength=len(task.classes)) + 1.0
    if task.kind == BINARY:
        return np.array([np.log(counts[1] / counts[0])])
    return np.log(counts / counts.sum())
