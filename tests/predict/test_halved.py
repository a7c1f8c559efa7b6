import pytest
import torch
from torch import nn

from mtldemo.model.hydranet import HydraNet
from mtldemo.predict import halved as module
from mtldemo.predict.folded import folded
from mtldemo.predict.halved import halved, rounded
from mtldemo.tasks import tasks_named
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


def near(quick: HydraNet, plain: HydraNet, side: int) -> None:
    for count in (1, 5):
        images = torch.randn(count, 3, side, side).to(memory_format=torch.channels_last)
        features, wanted = quick.features(images), plain.features(images)
        assert features.dtype == torch.float32
        assert (features - wanted).norm() < 0.02 * wanted.norm()
        assert all(output.dtype == torch.float32 for output in quick(images).values())


@pytest.mark.parametrize("side", [48, 96])
def test_a_halved_network_answers_nearly_alike(side: int) -> None:
    plain = network("resnet18_small")
    with torch.inference_mode():
        near(halved(folded(plain)), plain, side)


def test_layers_that_know_no_other_layout_are_cast(monkeypatch: pytest.MonkeyPatch) -> None:
    """MobileNet's hard swish is one of them; a processor without bfloat16 in that layout is told by the same error."""
    plain = network("mobilenet_v3_small")
    quick = halved(folded(plain))
    assert isinstance(quick.backbone, module._Cast)
    images = torch.randn(2, 3, 64, 64)
    assert (quick.features(images) - plain.features(images)).norm() < 0.1 * plain.features(images).norm()

    def refuse(*_: object) -> torch.Tensor:
        raise RuntimeError("mkldnn_convolution: bf16 path needs the cpu support avx512bw, avx512vl and avx512dq")

    plain = network("resnet18_small")
    monkeypatch.setattr(module._Blocked, "forward", refuse)
    quick = halved(folded(plain))
    assert isinstance(quick.backbone, module._Cast)
    near(quick, plain, 64)


def test_a_layout_that_gives_other_features_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module._Blocked, "forward", lambda self, images: torch.zeros(len(images), 256))
    assert isinstance(halved(folded(network("resnet18_small"))).backbone, module._Cast)


def test_a_network_without_convolutions_to_halve_is_asked_all_the_same() -> None:
    class Flat(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(3, 4)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.linear(images.mean(dim=(2, 3)))

    flat = HydraNet(Flat(), 4, tasks_named(("age",)), hidden=8, dropout=0.0).eval()
    images = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(halved(flat)(images)["age"], flat(images)["age"], rtol=0.05, atol=0.05)
