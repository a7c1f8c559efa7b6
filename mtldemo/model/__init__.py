"""The HydraNet and its backbones. The catalogue imports no torch; ``build`` does, when it is called."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtldemo.config import ModelConfig
from mtldemo.model.catalogue import BACKBONES, Backbone, backbone_named
from mtldemo.tasks import Task

if TYPE_CHECKING:
    from mtldemo.model.hydranet import HydraNet

__all__ = ["BACKBONES", "Backbone", "backbone_named", "build"]


def build(config: ModelConfig, tasks: Sequence[Task], image_size: int) -> "HydraNet":
    """The model of a run, on the CPU, with fresh weights from torch's global generator.

    Raises ``MtlDemoError`` for an unknown backbone, images too small for it, or ImageNet weights that can't be had.
    """
    from mtldemo.model.hydranet import build_hydranet

    return build_hydranet(config, tasks, image_size)
