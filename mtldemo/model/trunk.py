"""A backbone in pieces: stages from the images to the last map, and what pools it. Ways of sharing build with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from mtldemo.model.catalogue import Backbone
from mtldemo.model.small_resnet import SmallResNet

ENDS = {
    "mobilenet_v3_small": (1, 2, 4, 9, 12, 13),
    "mobilenet_v3_large": (1, 2, 4, 7, 13, 16, 17),
    "efficientnet_b0": tuple(range(1, 10)),
    "squeezenet1_1": (3, 4, 5, 7, 8, 10, 11, 12, 13),
    "convnext_tiny": (1, 2, 4, 6, 8),
}
"""Where each stage ends among torchvision's ``features``; a change of resolution belongs to the stage that follows."""


@dataclass(frozen=True)
class Trunk:
    """``stages``: images [B, 3, S, S] -> maps [B, C, H, W], one after the other, named as in ``Backbone.stages``.
    ``pool``: the last map -> features [B, F]."""

    stages: tuple[nn.Module, ...]
    pool: nn.Module

    def through(self, first: int, last: int) -> nn.Sequential:
        """Stages ``first`` to ``last``, the latter not included."""
        return nn.Sequential(*self.stages[first:last])

    def from_(self, first: int) -> nn.Sequential:
        """Stages ``first`` to the end, and the pool: maps -> features [B, F]."""
        return nn.Sequential(*self.stages[first:], self.pool)


def trunk_of(network: Any, backbone: Backbone) -> Trunk:
    """The pieces of a ``network`` that ``backbones.build_backbone`` gave: its own modules, not copies."""
    if isinstance(network, SmallResNet):
        return Trunk((network.stem, *network.stages), _pool())
    if hasattr(network, "layer4"):
        stem = nn.Sequential(network.conv1, network.bn1, network.relu, network.maxpool)
        return Trunk((stem, network.layer1, network.layer2, network.layer3, network.layer4), _pool())
    if hasattr(network, "trunk_output"):
        return Trunk((network.stem, *network.trunk_output), _pool())
    if hasattr(network, "conv5"):
        stem = nn.Sequential(network.conv1, network.maxpool)
        return Trunk((stem, network.stage2, network.stage3, network.stage4, network.conv5), _pool())
    parts = list(network.features)
    slices = [parts[first:end] for first, end in pairwise((0, *ENDS[backbone.name]))]
    # ConvNeXt normalises what it has pooled, and flattens it.
    after = network.classifier if backbone.name == "convnext_tiny" else nn.Flatten()
    stages = tuple(part[0] if len(part) == 1 else nn.Sequential(*part) for part in slices)
    return Trunk(stages, nn.Sequential(nn.AdaptiveAvgPool2d(1), after))


def blocks(stage: nn.Module) -> tuple[nn.Module, ...]:
    """The blocks that a stage is a row of, such as residual ones; the stage itself where it is one."""
    members = tuple(stage.children()) if isinstance(stage, nn.Sequential) else ()
    # What ends with a norm or an activation is one layer with what belongs to it: a block.
    if not members or all(parameter.ndim == 1 for parameter in members[-1].parameters()):
        return (stage,)
    return (*members[:-1], *blocks(members[-1]))


@torch.no_grad()
def map_shapes(stages: Sequence[nn.Module], image_size: int) -> list[tuple[int, int, int]]:
    """C, H and W of the images and of the map after each of the ``stages``, for images of that side in pixels."""
    modes = [(module, module.training) for stage in stages for module in stage.modules()]
    maps = torch.zeros(1, 3, image_size, image_size)
    shapes = [_shape(maps)]
    try:
        for stage in stages:
            # In evaluation, no batch norm learns from zeros.
            maps = stage.eval()(maps)
            shapes.append(_shape(maps))
    finally:
        for module, training in modes:
            module.training = training
    return shapes


def _shape(maps: Tensor) -> tuple[int, int, int]:
    _, channels, height, width = maps.shape
    return channels, height, width


def _pool() -> nn.Module:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
