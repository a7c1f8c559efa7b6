"""Copies of a network that answer faster: batch norms folded away, and, for many pictures, in bfloat16. Imports torch.

On a processor with instructions for bfloat16 a convolution takes half the time. A number keeps 8 of its 24 bits, so an
answer moves a little: that of the model that comes along by 0.02 years and 0.001 of a probability on average, in one
face of a hundred by more than 0.3 years or 0.006 (``benchmarks/predict.py``); its mean error on test pictures is the
same to the second decimal.
"""

import copy
from collections import Counter

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mtldemo.model.hydranet import HydraNet


def folded(network: HydraNet) -> HydraNet:
    """A copy of a network in evaluation mode whose convolutions do what the batch norms behind them did.

    Its answers differ by rounding alone. A backbone whose way depends on its input, or that has none, stays as it is.
    """
    network = copy.deepcopy(network)
    backbone = network.backbone
    try:
        nodes = fx.symbolic_trace(backbone).graph.nodes
    except Exception:  # noqa: BLE001 - whatever can't be traced is asked as it is
        return network
    modules = dict(backbone.named_modules())
    used = Counter(node.target for node in nodes if node.op == "call_module")
    for node in nodes:
        before = node.args[0] if node.op == "call_module" and node.args else None
        if not isinstance(before, fx.Node) or before.op != "call_module" or len(before.users) > 1:
            continue
        norm, convolution = modules[str(node.target)], modules[str(before.target)]
        once = used[node.target] == used[before.target] == 1
        if once and isinstance(norm, nn.BatchNorm2d) and isinstance(convolution, nn.Conv2d):
            backbone.set_submodule(str(before.target), fuse_conv_bn_eval(convolution, norm))
            backbone.set_submodule(str(node.target), nn.Identity())
    return network


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
