"""The same network for several tasks: separate parameters that begin with the same values. Imports torch."""

import copy
from collections.abc import Iterable

from torch import nn

from mtldemo.model.backbones import build_backbone
from mtldemo.model.sharing.base import Plan
from mtldemo.model.trunk import Trunk, trunk_of


def copies(module: nn.Module, names: Iterable[str]) -> dict[str, nn.Module]:
    """``module`` for the first of ``names``, and a copy of it for each other one."""
    first, *others = names
    return {first: module, **{name: copy.deepcopy(module) for name in others}}


def new_backbone(plan: Plan) -> nn.Module:
    """A backbone with weights from torch's global generator, or ImageNet's or those to start from as ``plan`` wants."""
    network, _ = build_backbone(plan.model.backbone, pretrained=plan.model.pretrained)
    if plan.start is not None:
        network.load_state_dict(plan.start)
    return network


def new_trunk(plan: Plan) -> Trunk:
    """A ``new_backbone`` in pieces."""
    return trunk_of(new_backbone(plan), plan.backbone)


def trunks_by_task(plan: Plan) -> dict[str, Trunk]:
    """A whole backbone in pieces for each task; all begin with the same weights."""
    trunk = new_trunk(plan)
    return {name: trunk if not number else copy.deepcopy(trunk) for number, name in enumerate(plan.names)}
