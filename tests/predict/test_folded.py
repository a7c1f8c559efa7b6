import pytest
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mtldemo import model as models
from mtldemo.config import ModelConfig
from mtldemo.model.sharing import Network
from mtldemo.predict.folded import folded
from mtldemo.tasks import UTKFACE
from tests.hydranet import hydranet


def network(backbone: str) -> Network:
    """One whose batch norms have something to do."""
    torch.manual_seed(0)
    made = models.build(ModelConfig(backbone=backbone, pretrained=False), UTKFACE.chosen(("age", "gender")), 64)
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.5, 0.5)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 2.0)  # type: ignore[union-attr]
    return made.eval().requires_grad_(False)


@pytest.mark.parametrize("backbone", [one.name for one in models.BACKBONES])
def test_a_folded_network_answers_alike(backbone: str) -> None:
    plain = network(backbone)
    quick = folded(plain)
    images = torch.randn(2, 3, 64, 64)
    found = quick(images)
    for name, output in plain(images).items():
        torch.testing.assert_close(found[name], output, rtol=1e-4, atol=1e-4)


def test_no_batch_norm_is_left_and_the_network_is_as_before() -> None:
    plain = network("resnet18_small")
    norms = sum(isinstance(module, nn.BatchNorm2d) for module in plain.modules())
    with torch.autocast("cpu", torch.bfloat16):
        quick = folded(plain)
    assert norms == 20
    assert not any(isinstance(module, nn.BatchNorm2d) for module in quick.modules())
    assert sum(isinstance(module, nn.BatchNorm2d) for module in plain.modules()) == norms


def test_maps_that_are_read_twice_are_not_folded() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
            self.norm.running_mean.fill_(0.5)  # type: ignore[union-attr]

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            maps = self.convolution(images)
            return (self.norm(maps) - 2 * maps).mean(dim=(2, 3))

    both = hydranet(Both(), 4, UTKFACE.chosen(("age",)), hidden=8, dropout=0.0).eval()
    images = torch.randn(2, 3, 16, 16)
    assert torch.equal(folded(both)(images)["age"], both(images)["age"])


def test_a_backbone_without_batch_norms_takes_images_of_any_size() -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16**2, 4))
    plain = hydranet(flat, 4, UTKFACE.chosen(("age",)), hidden=8, dropout=0.0).eval()
    images = torch.randn(2, 3, 16, 16)
    assert torch.equal(folded(plain)(images)["age"], plain(images)["age"])


def test_other_threads_go_on_with_their_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, call = network("resnet18_small"), nn.Module.__call__
    seen = []
    fuse = fuse_conv_bn_eval
    monkeypatch.setattr(
        "mtldemo.predict.folded.fuse_conv_bn_eval",
        lambda *pair: seen.append(nn.Module.__call__ is call) or fuse(*pair),
    )
    plain.backbone.stem.register_forward_hook(lambda *_: seen.append(nn.Module.__call__ is call))  # type: ignore[union-attr]
    folded(plain)
    assert len(seen) > 20
    assert all(seen)


def test_a_convolution_that_is_used_twice_is_not_folded() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution, self.norm = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)
            self.norm.running_mean.fill_(0.5)  # type: ignore[union-attr]

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.convolution(self.norm(self.convolution(images))).mean(dim=(2, 3))

    twice = hydranet(Twice(), 3, UTKFACE.chosen(("age",)), hidden=8, dropout=0.0).eval()
    images = torch.randn(2, 3, 16, 16)
    torch.testing.assert_close(folded(twice)(images)["age"], twice(images)["age"])
