"""Backbones by name: images [B, 3, S, S] -> pooled features [B, F], with the ImageNet classifier taken off.

torchvision is imported for its own networks only, since that takes as long again as importing torch.
"""

import pickle
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mtldemo.errors import MtlDemoError
from mtldemo.model.catalogue import Backbone, backbone_named
from mtldemo.model.small_resnet import SmallResNet


def build_backbone(name: str, *, pretrained: bool = False) -> tuple[nn.Module, int]:
    """The network called ``name`` and its feature width F. Random weights come from torch's global generator.

    ``pretrained`` loads torchvision's ImageNet weights, downloaded once into torch's hub folder. Raises
    ``MtlDemoError`` for an unknown name, weights that don't exist, can't be downloaded or can't be read.
    """
    backbone = backbone_named(name)
    if name == "resnet18_small":
        if pretrained:
            raise MtlDemoError(
                f"{backbone.title} (resnet18_small) has no ImageNet weights; switch off 'pretrained' or choose another "
                "backbone, such as resnet18."
            )
        return SmallResNet(), backbone.features
    from torchvision import models

    network = models.get_model(name, weights=None)
    if pretrained:
        _load_imagenet_weights(network, backbone)
    _remove_classifier(network)
    return network, backbone.features


def _remove_classifier(network: Any) -> None:
    """Leave what comes before the last linear layer; each network then returns its pooled features, flat."""
    from torchvision import models

    if isinstance(network, models.SqueezeNet):
        network.classifier = nn.Sequential(nn.AdaptiveAvgPool2d(1))
    elif isinstance(network, models.ConvNeXt):
        # Its first two parts normalise and flatten the features.
        network.classifier[-1] = nn.Identity()
    elif hasattr(network, "fc"):
        network.fc = nn.Identity()
    else:
        network.classifier = nn.Identity()


def _load_imagenet_weights(network: nn.Module, backbone: Backbone) -> None:
    from torchvision import models

    weights = models.get_model_weights(backbone.name)["DEFAULT"]
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    placed = (folder / backbone.weights_file).is_file()
    remedy = "or switch ImageNet weights off (pretrained false)"
    try:
        # The hash in the file's name is checked after a download only; a file placed by hand may be any.
        network.load_state_dict(weights.get_state_dict(progress=False, check_hash=True))
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        if placed:
            raise MtlDemoError(
                f"The ImageNet weights {folder / backbone.weights_file} cannot be read; delete the file and start "
                f"again, {remedy}."
            ) from error
        raise MtlDemoError(
            f"The ImageNet weights of {backbone.title} could not be downloaded from {weights.url} ({error}); place "
            f"that file as {backbone.weights_file} in {folder}, {remedy}."
        ) from error
