import pytest
import torch
from torch import nn

from mtldemo.model.sharing import Network
from mtldemo.predict.bfloat16 import in_bfloat16, rounded
from mtldemo.predict.folded import folded
from mtldemo.tasks import UTKFACE
from tests.hydranet import hydranet
from tests.predict.test_folded import network


def test_kernels_in_bfloat16_keep_their_sums() -> None:
    kernels = torch.randn(64, 32, 3, 3)
    found = rounded(kernels)
    assert found.dtype == torch.bfloat16
    assert found.shape == kernels.shape
    torch.testing.assert_close(found.float(), kernels, rtol=0.02, atol=0.02)
    off = (found.float() - kernels).sum(dim=(2, 3)).abs().mean()
    alone = (kernels.bfloat16().float() - kernels).sum(dim=(2, 3)).abs().mean()
    assert off < alone / 2


def near(quick: Network, plain: Network, side: int) -> None:
    for count in (1, 5):
        images = torch.randn(count, 3, side, side).to(memory_format=torch.channels_last)
        features, wanted = (each.represent(images).features["age"] for each in (quick, plain))
        assert features.dtype == torch.float32
        assert (features - wanted).norm() < 0.02 * wanted.norm()
        assert all(output.dtype == torch.float32 for output in quick(images).values())


@pytest.mark.parametrize("side", [48, 96])
def test_a_network_in_bfloat16_answers_nearly_alike(side: int) -> None:
    plain = network("resnet18_small")
    with torch.inference_mode():
        near(in_bfloat16(folded(plain)), plain, side)


def test_depthwise_layers_are_rounded_as_well() -> None:
    plain, images = network("mobilenet_v3_small"), torch.randn(2, 3, 64, 64)
    features, wanted = (each.represent(images).features["age"] for each in (in_bfloat16(folded(plain)), plain))
    assert (features - wanted).norm() < 0.1 * wanted.norm()


def test_a_network_without_convolutions_to_halve_is_asked_all_the_same() -> None:
    class Flat(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(3, 4)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.linear(images.mean(dim=(2, 3)))

    flat = hydranet(Flat(), 4, UTKFACE.chosen(("age",)), hidden=8, dropout=0.0).eval()
    images = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(in_bfloat16(flat)(images)["age"], flat(images)["age"], rtol=0.05, atol=0.05)
