"""A copy of a network whose batch norms are folded into its convolutions. Imports torch."""

import copy
from collections import Counter

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mtldemo.model.sharing import Network

CLOSE = 1e-3
"""How far features may be from those before, as a share of the largest."""
IMAGES = 2
"""How many images the way through a network is watched on."""


def folded(network: Network) -> Network:
    """A copy of a network in evaluation mode whose convolutions do what the batch norms behind them did.

    Its answers differ by rounding alone. A network that has no such pairs, or that gives other features without its
    batch norms, stays as it is. Unlike ``torch.fx``, which replaces ``Module.__call__`` for every thread while it
    traces, this watches its own copy alone, so that other threads may go on with their networks.
    """
    network = copy.deepcopy(network)
    if not any(isinstance(module, nn.BatchNorm2d) for module in network.modules()):
        return network
    side = network.image_size
    images = torch.rand((IMAGES, 3, side, side), generator=torch.Generator().manual_seed(0))
    images = images.to(next(network.parameters()).device)
    # The comparison is one of full precision, also where the answers are asked in less.
    with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
        pairs, before = _watched(network, images)
        if not pairs:
            return network
        plain = copy.deepcopy(network)
        for convolution, norm in pairs.items():
            fused = fuse_conv_bn_eval(network.get_submodule(convolution), network.get_submodule(norm))  # type: ignore[type-var]
            network.set_submodule(convolution, fused)
            network.set_submodule(norm, nn.Identity())
        off = (_features(network, images) - before).abs().max()
    return network if off <= CLOSE * before.abs().max() else plain


def _watched(network: Network, images: Tensor) -> tuple[dict[str, str], Tensor]:
    """The names of convolutions and of the batch norms that read what they gave, each used once, and the features."""
    made: list[tuple[str, Tensor]] = []
    pairs: dict[str, str] = {}
    used: Counter[str] = Counter()

    def watch(name: str, module: nn.Module) -> torch.utils.hooks.RemovableHandle:
        def seen(_: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
            used[name] += 1
            if isinstance(module, nn.Conv2d):
                made.append((name, output))
                return
            pairs.update((before, name) for before, maps in made if maps is given[0])

        return module.register_forward_hook(seen)

    handles = [
        watch(name, module)
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
    ]
    features = _features(network, images)
    for handle in handles:
        handle.remove()
    once = {before: after for before, after in pairs.items() if used[before] == used[after] == 1}
    return once, features


def _features(network: Network, images: Tensor) -> Tensor:
    """The features of all tasks, one after the other: [N, K x F]."""
    return torch.cat([*network.represent(images).features.values()], dim=1)
