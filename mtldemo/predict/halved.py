"""A copy of a network that computes in bfloat16, for many pictures. Imports torch.

On a processor with instructions for bfloat16 a convolution takes half the time. A number keeps 8 of its 24 bits, so an
answer moves a little: that of the model that comes along by 0.01 years and 0.001 of a probability on average
(``benchmarks/predict.py``); its mean error on test pictures is the same to the second decimal.
"""

import copy

import torch
from torch import Tensor, nn

from mtldemo.model.hydranet import HydraNet

NEAR = 0.1
"""How far, of their own length, features in bfloat16 may be from those in full precision."""
TRIAL = (2, 3, 64, 64)
"""The images on which a backbone is tried; every backbone takes their size."""


class _Blocked(nn.Module):
    """A backbone whose maps stay in oneDNN's own layout from the first convolution to the pooled features.

    That spares the casts and the strided passes of activations between convolutions, a twentieth of the time.
    """

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = copy.deepcopy(backbone)
        for module in _convolutions(self.backbone):
            module.weight = _frozen(rounded(module.weight).to_mkldnn())
            if module.bias is not None:
                module.bias = _frozen(module.bias.detach().to_mkldnn(torch.bfloat16))

    def forward(self, images: Tensor) -> Tensor:
        """Images float32 [B, 3, S, S] -> features float32 [B, F]."""
        return self.backbone(images.contiguous().to_mkldnn(torch.bfloat16)).to_dense(torch.float32)


class _Cast(nn.Module):
    """A backbone whose convolutions are cast where they are called, for layers that don't know that layout."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = copy.deepcopy(backbone)
        for module in _convolutions(self.backbone):
            module.weight = _frozen(rounded(module.weight).contiguous(memory_format=torch.channels_last))

    def forward(self, images: Tensor) -> Tensor:
        """Images float32 [B, 3, S, S] -> features float32 [B, F]."""
        with torch.autocast(images.device.type, torch.bfloat16):
            return self.backbone(images).float()


def halved(network: HydraNet) -> HydraNet:
    """A copy of a ``folded`` network whose backbone computes in bfloat16; the heads stay in full precision."""
    quick = copy.deepcopy(network)
    quick.backbone = _blocked_or_cast(network.backbone)
    return quick


def _blocked_or_cast(backbone: nn.Module) -> nn.Module:
    images = torch.rand(TRIAL, generator=torch.Generator().manual_seed(0))
    images = images.to(next(backbone.parameters()).device)
    with torch.no_grad():
        wanted = backbone(images)
        try:
            blocked = _Blocked(backbone)
            off = (blocked(images) - wanted).norm()
        except RuntimeError:  # a layer, or the processor, that doesn't know the layout or bfloat16 in it
            return _Cast(backbone)
    return blocked if off <= NEAR * wanted.norm() else _Cast(backbone)


def _convolutions(backbone: nn.Module) -> list[nn.Conv2d]:
    return [module for module in backbone.modules() if isinstance(module, nn.Conv2d)]


def _frozen(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values, requires_grad=False)


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
    return found.view(kernels.shape)


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the processor computes in bfloat16 by itself; a GPU is fast enough without."""
    capable = getattr(torch.cpu, "get_capabilities", dict)()
    return device.type == "cpu" and bool(capable.get("avx512_bf16") or capable.get("amx_bf16"))
