"""Copies of a network that answer faster: batch norms folded away, and, for many pictures, in bfloat16. Imports torch.

On a processor with instructions for bfloat16 a convolution takes half the time. A number keeps 8 of its 24 bits, so an
answer moves a little: that of the model that comes along by 0.02 years and 0.001 of a probability on average, in one
face of a hundred by more than 0.3 years or 0.006 (``benchmarks/predict.py``); its mean error on test pictures is the
same to the second decimal.
"""

import copy
import threading
from collections import Counter

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mtldemo.model.hydranet import HydraNet

CLOSE = 1e-3
"""How far features may be from those before, as a share of the largest."""
TRIAL = (2, 3, 64, 64)
"""The images on which the way through a backbone is watched; every backbone takes their size."""


class Copies:
    """The copies of one network, in evaluation mode, that answer faster; each is made once, by the first to ask for it.

    May be asked by several threads.
    """

    def __init__(self, network: HydraNet) -> None:
        self._network = network
        self._made: dict[bool, HydraNet] = {}
        self._lock = threading.Lock()

    def get(self, *, quick: bool) -> HydraNet:
        """The ``folded`` copy, or, ``quick``, the ``halved`` one."""
        with self._lock:
            if False not in self._made:
                self._made[False] = folded(self._network)
            if quick not in self._made:
                self._made[quick] = halved(self._made[False])
            return self._made[quick]


def folded(network: HydraNet) -> HydraNet:
    """A copy of a network in evaluation mode whose convolutions do what the batch norms behind them did.

    Its answers differ by rounding alone. A backbone that has no such pairs, or that gives other features without its
    batch norms, stays as it is. Unlike ``torch.fx``, which replaces ``Module.__call__`` for every thread while it
    traces, this watches its own copy alone, so that other threads may go on with their networks.
    """
    network = copy.deepcopy(network)
    backbone = network.backbone
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


def halved(network: HydraNet) -> HydraNet:
    """A copy of a ``folded`` network with the backbone's convolutions in bfloat16, to be asked under autocast."""
    network = copy.deepcopy(network)
    for module in network.backbone.modules():
        if isinstance(module, nn.Conv2d):
            module.weight = nn.Parameter(rounded(module.weight), requires_grad=False)
    return network


def rounded(kernels: Tensor) -> Tensor:
    """Kernels [outputs, inputs, h, w] in bfloat16, each with nearly the sum it had.

    What rounding takes from a weight goes to the next one. A map changes little from one place to the next, so that the
    errors cancel: answers move less than half as far as with each weight rounded by itself.
    """
    flat = kernels.flatten(2)
    found = torch.empty_like(flat, dtype=torch.bfloat16)
    left = torch.zeros_like(flat[..., 0])
    for place in range(flat.shape[2]):
        wanted = flat[..., place] + left
        found[..., place] = wanted
        left = wanted - found[..., place].float()
    return found.view(kernels.shape).contiguous(memory_format=torch.channels_last)


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the processor computes in bfloat16 by itself; a GPU is fast enough without."""
    capable = getattr(torch.cpu, "get_capabilities", dict)()
    return device.type == "cpu" and bool(capable.get("avx512_bf16") or capable.get("amx_bf16"))
