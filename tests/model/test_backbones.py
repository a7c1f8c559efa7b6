from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from torchvision import models

from mtldemo.errors import MtlDemoError
from mtldemo.model import BACKBONES, Backbone
from mtldemo.model.backbones import build_backbone
from mtldemo.model.trunk import blocks, trunk_of

TORCHVISION = [backbone for backbone in BACKBONES if backbone.name != "resnet18_small"]


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for torch's weights, and a network that answers nobody."""

    def unreachable(*_: object, **__: object) -> None:
        raise URLError("unreachable")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("backbone", BACKBONES, ids=lambda backbone: backbone.name)
def test_each_backbone_gives_the_features_it_promises(backbone: Backbone) -> None:
    torch.manual_seed(0)
    network, width = build_backbone(backbone.name)
    assert sum(weight.numel() for weight in network.parameters()) / 1e6 == pytest.approx(backbone.parameters, abs=0.05)
    images = torch.randn(2, 3, backbone.smallest, backbone.smallest)
    features = network(images.contiguous(memory_format=torch.channels_last))
    assert features.shape == (2, width)
    assert width == backbone.features
    features.square().sum().backward()
    gradients = [weight.grad for weight in network.parameters()]
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("backbone", BACKBONES, ids=lambda backbone: backbone.name)
def test_the_last_block_is_a_small_part_next_to_the_features(backbone: Backbone) -> None:
    network, _ = build_backbone(backbone.name)
    block = list(blocks(trunk_of(network, backbone).stages[-1])[-1].parameters())
    assert 0 < sum(weight.numel() for weight in block) < 0.45 * sum(weight.numel() for weight in network.parameters())
    features = network(torch.randn(2, 3, backbone.smallest, backbone.smallest))
    found = torch.autograd.grad(features.square().sum(), block)
    assert all(gradient.isfinite().all() for gradient in found)
    # Nothing with weights comes after it but a norm of the features, as in ConvNeXt.
    names = [name for name, _ in network.named_parameters()]
    mine = [name for name, weight in network.named_parameters() if any(weight is one for one in block)]
    after = names[names.index(mine[-1]) + 1 :]
    assert all(name.startswith("classifier.0.") for name in after), after


@pytest.mark.parametrize("size", [32, 64])
def test_the_small_resnet_keeps_a_map_on_small_images(size: int) -> None:
    network, _ = build_backbone("resnet18_small")
    maps = network.stages(network.stem(torch.randn(1, 3, size, size)))  # type: ignore[operator]
    assert maps.shape == (1, 256, size // 16, size // 16)


def test_the_same_seed_gives_the_same_weights() -> None:
    def weights() -> torch.Tensor:
        torch.manual_seed(3)
        network, _ = build_backbone("resnet18_small")
        return torch.cat([weight.flatten() for weight in network.parameters()])

    assert torch.equal(weights(), weights())


@pytest.mark.parametrize("backbone", TORCHVISION, ids=lambda backbone: backbone.name)
def test_the_weights_file_is_torchvisions(backbone: Backbone) -> None:
    assert models.get_model_weights(backbone.name)["DEFAULT"].url.endswith("/" + backbone.weights_file)


def test_weights_placed_by_hand_are_loaded(checkpoints: Path) -> None:
    original = models.get_model("squeezenet1_1", weights=None)
    torch.save(original.state_dict(), checkpoints / "squeezenet1_1-b8a52dc0.pth")
    network, _ = build_backbone("squeezenet1_1", pretrained=True)
    assert torch.equal(network.features[0].weight, original.features[0].weight)  # type: ignore[index, union-attr]


def test_weights_that_cannot_be_downloaded_say_where_to_place_the_file(checkpoints: Path) -> None:
    with pytest.raises(MtlDemoError) as raised:
        build_backbone("squeezenet1_1", pretrained=True)
    words = str(raised.value)
    for part in ("could not be downloaded", "squeezenet1_1-b8a52dc0.pth", str(checkpoints), "pretrained", "\n"):
        assert (part in words) == (part != "\n")


@pytest.mark.parametrize("broken", ["not weights", "another network's"])
def test_weights_that_cannot_be_read_are_named(checkpoints: Path, broken: str) -> None:
    path = checkpoints / "squeezenet1_1-b8a52dc0.pth"
    if broken == "not weights":
        path.write_bytes(b"<html>")
    else:
        torch.save({"weight": torch.zeros(1)}, path)
    with pytest.raises(MtlDemoError, match="cannot be read; delete the file"):
        build_backbone("squeezenet1_1", pretrained=True)


def test_the_small_resnet_has_no_imagenet_weights() -> None:
    with pytest.raises(MtlDemoError, match="has no ImageNet weights; switch off 'pretrained'"):
        build_backbone("resnet18_small", pretrained=True)
