"""A copy of a network that computes in bfloat16, for many pictures. Imports torch.

On a processor with instructions for bfloat16 a convolution takes half the time. A number keeps 8 of its 24 bits, so an
answer moves a little: that of the model that comes along by 0.01 years and 0.001 of a probability on average
(``benchmarks/predict.py``); its mean error on test pictures is the same to the second decimal.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from mtldemo.model.sharing import Network, Representation


class InBfloat16:
    """What a network's ``represent`` gives, computed in bfloat16 whatever is asked around it."""

    def __init__(self, represent: Callable[[Tensor], Representation]) -> None:
        self._represent = represent

    def __call__(self, images: Tensor) -> Representation:
        """Images float32 [B, 3, S, S] -> the features of each task, float32."""
        with torch.autocast(images.device.type, torch.bfloat16):
            return self._represent(images)


def in_bfloat16(network: Network) -> Network:
    """A copy of a ``folded`` network that computes in bfloat16 up to its heads, which stay in full precision."""
    network = copy.deepcopy(network)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight = nn.Parameter(rounded(module.weight), requires_grad=False)
    network.represent = InBfloat16(network.represent)  # type: ignore[method-assign]
    return network


def rounded(kernels: Tensor) -> Tensor:
    """Kernels [outputs, inputs, h, w] in bfloat16, each with nearly the sum it had.

    What rounding takes from a weight goes to the next one. A map changes little from one place to the next, so that the
    errors cancel: answers move less than half as far as with each weight rounded by itself.
    """
    flat = kernels.flatten(2)
    halved = torch.empty_like(flat, dtype=torch.bfloat16)
    left = torch.zeros_like(flat[..., 0])
    for index in range(flat.shape[2]):
        wanted = flat[..., index] + left
        halved[..., index] = wanted
        left = wanted - halved[..., index].float()
    return halved.view(kernels.shape).contiguous(memory_format=torch.channels_last)


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the processor computes in bfloat16 by itself; a GPU is fast enough without."""
    capable = getattr(torch.cpu, "get_capabilities", dict)()
    return device.type == "cpu" and bool(capable.get("avx512_bf16") or capable.get("amx_bf16"))
