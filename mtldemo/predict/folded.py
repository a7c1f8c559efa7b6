"""A copy of a network whose batch norms are folded into its convolutions. Imports torch."""

import copy
from collections import Counter

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mtldemo.model.hydranet import HydraNet

CLOSE = 1e-3
"""How far features may be from those before, as a share of the largest."""
TRIAL = (2, 3, 64, 64)
"""The images on which the way through a backbone is watched; every backbone takes their size."""


def folded(network: HydraNet) -> HydraNet:
    """A copy of a network in evaluation mode whose convolutions do what the batch norms behind them did.

    Its answers differ by rounding alone. A backbone that has no such pairs, or that gives other features without its
    batch norms, stays as it is. Unlike ``torch.fx``, which replaces ``Module.__call__`` for every thread while it
    traces, this watches its own copy alone, so that other threads may go on with their networks.
    """
    network = copy.deepcopy(network)
    backbone = network.backbone
    if not any(isinstance(module, nn.BatchNorm2d) for module in backbone.modules()):
        return network
    images = torch.rand(TRIAL, generator=torch.Generator().manual_seed(0))
    images = images.to(next(backbone.parameters()).device)
    # The comparison is one of full precision, also where the answers are asked in less.
    with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
        pairs, before = _watched(backbone, images)
        if not pairs:
            return network
        plain = copy.deepcopy(backbone)
        for convolution, norm in pairs.items():
            fused = fuse_conv_bn_eval(backbone.get_submodule(convolution), backbone.get_submodule(norm))  # type: ignore[type-var]
            backbone.set_submodule(convolution, fused)
            backbone.set_submodule(norm, nn.Identity())
        off = (backbone(images) - before).abs().max()
    if not off <= CLOSE * before.abs().max():
        network.backbone = plain
    return network


def _watched(backbone: nn.Module, images: Tensor) -> tuple[dict[str, str], Tensor]:
    """The names of convolutions and of the batch norms that read what they gave, each used once, and the features."""
    made: list[tuple[str, Tensor]] = []
    pairs: dict[str, str] = {}
    used: Counter[str] = Counter()

    def watch(name: str, module: nn.Module) -> torch.utils.hooks.RemovableHandle:
        def seen(_: nn.Module, given: tuple[Tensor, ...], found: Tensor) -> None:
            used[name] += 1
            if isinstance(module, nn.Conv2d):
                made.append((name, found))
                return
            pairs.update((before, name) for before, maps in made if maps is given[0])

        return module.register_forward_hook(seen)

    handles = [
        watch(name, module)
        for name, module in backbone.named_modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
    ]
    features = backbone(images)
    for handle in handles:
        handle.remove()
    once = {before: after for before, after in pairs.items() if used[before] == used[after] == 1}
    return once, features
