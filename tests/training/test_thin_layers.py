"""Layers with few rows: the Gramian and the gradient are those of the weight gradients themselves."""

import pytest
import torch
from torch import Tensor, nn

from mtldemo.training.thin_layers import ThinLayer, ThinLayers

TASKS = 3


class Net(nn.Module):
    """A convolution and linear layers that are wide beside small images: images [B, 24, S, S] -> [B, 64]."""

    def __init__(self, stride: int = 1, padding: int = 1) -> None:
        super().__init__()
        self.wide = nn.Conv2d(24, 40, 3, stride=stride, padding=padding, bias=False)
        self.norm = nn.BatchNorm2d(40)
        self.along = nn.Linear(40, 48)
        self.head = nn.Linear(48, 64)
        self.few = nn.Conv2d(40, 2, 1, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        return self._end(self.norm(self.wide(images)).relu())

    def _end(self, middle: Tensor) -> Tensor:
        # As in ConvNeXt: a linear layer at each pixel.
        pixels = self.along(middle.permute(0, 2, 3, 1)).relu()
        return self.head(pixels.mean(dim=(1, 2))) + self.few(middle).mean()


def losses_of(outputs: Tensor) -> list[Tensor]:
    draw = torch.Generator().manual_seed(1)
    return [(outputs * torch.randn(outputs.shape, generator=draw)).square().mean() for _ in range(TASKS)]


def watched(model: nn.Module, images: Tensor) -> tuple[list[ThinLayer], Tensor]:
    layers = ThinLayers(model, list(model.parameters()), TASKS)
    with layers.watching():
        outputs = model(images)
    return layers.take(), outputs


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("stride", "padding", "side"), [(1, 1, 3), (2, 1, 5), (2, 0, 5), (1, 2, 1)])
def test_products_and_the_gradient_are_those_of_the_weights_gradients(
    layout: torch.memory_format, stride: int, padding: int, side: int
) -> None:
    torch.manual_seed(0)
    model = Net(stride, padding).to(memory_format=layout)  # type: ignore[call-overload]
    layers, outputs = watched(model, torch.randn(2, 24, side, side).contiguous(memory_format=layout))
    expected_weights = (model.wide.weight, model.along.weight, model.head.weight)
    assert [id(layer.weight) for layer in layers] == [id(weight) for weight in expected_weights]
    for layer in layers:
        rows, expected = [], []
        for loss in losses_of(outputs):
            found = torch.autograd.grad(loss, [layer.output, layer.weight], retain_graph=True)
            rows.append(found[0])
            expected.append(found[1])
        flat = torch.stack([gradient.flatten() for gradient in expected]).double()
        gramian = layer.gramian(rows)
        assert gramian.dtype == torch.float64
        torch.testing.assert_close(gramian, flat @ flat.T, rtol=1e-4, atol=1e-5 * float((flat @ flat.T).max()))
        for scale in (1e-25, 1e25):
            scaled = layer.gramian([scale * row for row in rows])
            torch.testing.assert_close(scaled / scale**2, gramian, rtol=1e-4, atol=1e-5 * float(gramian.max()))
        applied = layer.gradient(2 * rows[0] - rows[2])
        assert applied.stride() == layer.weight.stride()
        torch.testing.assert_close(applied, 2 * expected[0] - expected[2], rtol=1e-4, atol=1e-6)


def test_a_layer_with_many_rows_is_left_alone() -> None:
    layers, _ = watched(Net(), torch.randn(16, 24, 8, 8))
    assert [tuple(layer.weight.shape) for layer in layers] == [(64, 48)]


def test_a_layer_that_isnt_a_plain_product_is_left_alone() -> None:
    class Twice(Net):
        def forward(self, images: Tensor) -> Tensor:
            return super().forward(images) + super().forward(-images)

    class InPlace(Net):
        def _end(self, middle: Tensor) -> Tensor:
            return self.head(self.along(middle.mean(dim=(2, 3)))).relu_()

    images = torch.randn(2, 24, 3, 3)
    assert watched(Twice(), images)[0] == []
    assert [tuple(layer.weight.shape) for layer in watched(InPlace(), images)[0]] == [(40, 24, 3, 3), (48, 40)]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert watched(Net(), images)[0] == []
    with torch.no_grad():
        assert watched(Net(), images)[0] == []
    odd = nn.Sequential(nn.Conv2d(24, 40, 3, bias=False, dilation=2, padding=2), nn.Conv2d(40, 40, 3), nn.Flatten())
    assert watched(odd, torch.randn(2, 24, 3, 3))[0] == []


def test_nothing_of_a_batch_stays_behind() -> None:
    model = Net()
    layers = ThinLayers(model, list(model.parameters()), TASKS)
    with layers.watching():
        model(torch.randn(2, 24, 3, 3))
    assert len(layers.take()) == 3
    assert layers.take() == []
    assert not any(module._forward_hooks for module in model.modules())
