"""The ways of sharing: one file each, all of them listed once, here. Reading what they say imports no torch."""

from typing import Any

from mtldemo.config import SharingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model.sharing.base import Network, Plan, Representation
from mtldemo.model.sharing.cgc import CustomizedGateControl
from mtldemo.model.sharing.cross_stitch import CrossStitch
from mtldemo.model.sharing.hard import HardSharing
from mtldemo.model.sharing.mmoe import MixtureOfExperts
from mtldemo.model.sharing.mtan import MultiTaskAttention
from mtldemo.model.sharing.ple import ProgressiveLayeredExtraction
from mtldemo.model.sharing.single import SingleTask
from mtldemo.model.sharing.soft import SoftSharing
from mtldemo.settings import field_named

__all__ = ["SHARINGS", "Network", "Plan", "Representation", "build", "check_options", "sharing_named"]

SHARINGS: tuple[type[Network], ...] = (
    HardSharing,
    SoftSharing,
    CrossStitch,
    MultiTaskAttention,
    MixtureOfExperts,
    CustomizedGateControl,
    ProgressiveLayeredExtraction,
    SingleTask,
)
"""Every way of sharing, in the order in which they are shown."""


def sharing_named(name: str) -> type[Network]:
    """The class; raises ``MtlDemoError`` with the choices where there is none called ``name``."""
    for sharing in SHARINGS:
        if sharing.name == name:
            return sharing
    choices = ", ".join(sharing.name for sharing in SHARINGS)
    raise MtlDemoError(f"There is no way of sharing {name!r}; choose from {choices}.")


def check_options(config: SharingConfig, plan: Plan) -> dict[str, Any]:
    """The config's options in their declared types.

    Raises ``MtlDemoError`` for an unknown way of sharing or option, a value out of range, or one that the backbone of
    the ``plan`` can't have.
    """
    sharing = sharing_named(config.sharing)
    checked = {name: field_named(sharing, name, sharing.title).check(value) for name, value in config.options.items()}
    sharing.check(plan, checked)
    return checked


def build(config: SharingConfig, plan: Plan) -> Network:
    """The network with its heads, with weights from torch's global generator.

    Raises as ``check_options`` does, and for images too small for the backbone, or ImageNet weights that can't be had.
    """
    make: Any = sharing_named(config.sharing)
    backbone = plan.backbone
    if plan.image_size < backbone.smallest:
        raise MtlDemoError(
            f"{backbone.title} needs images of at least {backbone.smallest} px, found {plan.image_size}; choose a "
            "larger image size or the backbone resnet18_small."
        )
    network: Network = make(plan, **check_options(config, plan))
    network.add_heads(plan)
    return network
