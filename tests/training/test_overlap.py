"""What other threads do beside the training thread changes no bit."""

import dataclasses
import gc
from typing import Any

import pytest
import torch
from torch import nn

from mtldemo import weighting
from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.data.batches import Batches, Pictures
from mtldemo.errors import MtlDemoError
from mtldemo.model import build
from mtldemo.tasks import UTKFACE
from mtldemo.training import overlap
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.engine import Engine
from mtldemo.training.overlap import WeightGradients, ahead

KINDS = {
    "plain": {"kernel_size": 3, "padding": 1},
    "with a bias": {"kernel_size": 3, "stride": 2, "padding": 1, "bias": True},
    "by channel": {"kernel_size": 3, "padding": 1, "groups": 8},
    "a pixel": {"kernel_size": 1},
    "dilated": {"kernel_size": 3, "dilation": 2},
    "left to torch": {"kernel_size": 3, "padding": "same"},
}


class Layers(nn.Module):
    """A convolution of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3)
        self.layers = nn.ModuleDict(
            {name: nn.Conv2d(8, 8, **{"bias": False, **kind}) for name, kind in KINDS.items()}  # type: ignore[arg-type]
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.first(images)
        for layer in self.layers.values():
            features = layer(features).relu()
        return features.sum()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_gradients_have_the_same_bits(dtype: torch.dtype, layout: Any) -> None:
    torch.manual_seed(0)
    network = Layers()
    images = torch.randn(5, 3, 24, 24).contiguous(memory_format=layout)
    found = []
    for beside in (False, True):
        network.zero_grad()
        gradients = WeightGradients(network, network.parameters() if beside else ())
        with gradients.watching(), torch.autocast("cpu", dtype=dtype, enabled=dtype != torch.float32):
            loss = network(images)
        loss.backward()
        if beside:
            assert network.first.weight.grad is None
        gradients.collect()
        found.append([parameter.grad for parameter in network.parameters()])
    for apart, beside in zip(*found, strict=True):
        assert apart is not None
        assert torch.equal(apart, beside)


def test_a_layer_that_runs_twice_gets_the_sum_of_both() -> None:
    layer = nn.Conv2d(2, 2, 3, padding=1)
    images, found = torch.randn(2, 2, 8, 8), []
    for beside in (False, True):
        layer.zero_grad()
        gradients = WeightGradients(layer, layer.parameters() if beside else ())
        with gradients.watching():
            loss = layer(layer(images)).sum()
        loss.backward()
        gradients.collect()
        assert layer.weight.grad is not None
        found.append(layer.weight.grad)
    torch.testing.assert_close(*found)


def test_nothing_of_a_pass_is_kept() -> None:
    network = Layers()
    gradients = WeightGradients(network, network.parameters())
    with gradients.watching():
        loss = network(torch.randn(2, 3, 24, 24))
    assert _contexts()
    loss.backward()
    gradients.collect()
    assert "_conv_forward" not in network.first.__dict__
    del loss
    gc.collect()
    assert not _contexts()
    assert not gradients._waiting


def _contexts() -> list[object]:
    return [each for each in gc.get_objects() if type(each).__name__ == "_ConvolutionBackward"]


@pytest.mark.parametrize("strategy", ["equal", "upgrad", "graddrop", "famo"])
@pytest.mark.parametrize("where", ["shared", "block", "features"])
def test_a_step_has_the_same_bits_for_every_kind_of_strategy(
    config: RunConfig, faces: Pictures, strategy: str, where: str
) -> None:
    weighed = weighting.check_options(WeightingConfig(strategy=strategy), UTKFACE)
    chosen = WeightingConfig(strategy=strategy, options=weighed, gradients_at=where)
    try:
        weighting.check_options(chosen, UTKFACE)
    except MtlDemoError:  # not every strategy works at every place
        pytest.skip(f"{strategy} doesn't work at {where}")
    wanted = dataclasses.replace(config, weighting=chosen)
    weights = []
    for beside in (False, True):
        torch.manual_seed(0)
        model = build(wanted.model, UTKFACE, wanted.data.image_size)
        compute = ResolvedCompute(threads=1, overlap=beside)
        engine = Engine(model, weighting.build(chosen, UTKFACE), UTKFACE, wanted, compute, 4)
        assert engine.overlaps == beside
        batches = Batches(faces, "train", UTKFACE, 8).epoch(0)
        for number, batch in enumerate(ahead(batches, lambda beside=beside: beside), start=1):
            engine.step(batch, number)
        weights.append([value.clone() for value in model.state_dict().values()])
    assert all(torch.equal(apart, together) for apart, together in zip(*weights, strict=True))


def test_what_is_made_ahead_comes_in_order_and_its_error_too() -> None:
    def items() -> Any:
        yield from range(3)
        raise RuntimeError("the end")

    taken: list[int] = []
    with pytest.raises(RuntimeError, match="the end"):
        taken.extend(ahead(items(), lambda: len(taken) != 1))
    assert taken == [0, 1, 2]
    assert overlap._helpers() is overlap._helpers()
