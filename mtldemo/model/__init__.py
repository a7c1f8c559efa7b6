"""Networks: backbones, ways of sharing, heads. What is said of them needs no torch; ``build`` does."""

from collections.abc import Mapping, Sequence

from mtldemo.config import ModelConfig, SharingConfig
from mtldemo.lazy_torch import Tensor
from mtldemo.model import sharing
from mtldemo.model.catalogue import BACKBONES, Backbone, backbone_named
from mtldemo.model.sharing import Network, Plan
from mtldemo.tasks import Task

__all__ = ["BACKBONES", "Backbone", "Network", "Plan", "backbone_named", "build"]


def build(
    config: ModelConfig,
    tasks: Sequence[Task],
    image_size: int,
    sharing_config: SharingConfig | None = None,
    start: Mapping[str, Tensor] | None = None,
) -> Network:
    """The network of a run, on the CPU, with fresh weights from torch's global generator; each backbone in it begins
    with the weights ``start``, where they are given. The tasks share the backbone up to the pool, unless
    ``sharing_config`` says otherwise.

    Raises ``MtlDemoError`` for an unknown backbone or way of sharing, settings that it can't have, images too small for
    it, or ImageNet weights that can't be had.
    """
    return sharing.build(sharing_config or SharingConfig(), Plan(config, tuple(tasks), image_size, start))
