"""Every way to take the gradients ends in the gradient of the weighted sum, for every backbone."""

import pytest
import torch
from torch import Tensor

from mtldemo import model as models
from mtldemo.config import ModelConfig, SharingConfig, WeightingConfig
from mtldemo.model import BACKBONES
from mtldemo.model.sharing import SHARINGS, Network
from mtldemo.tasks import UTKFACE
from mtldemo.training.backward import Backward
from mtldemo.training.last_seen import LastSeen
from mtldemo.weighting.base import GradientMerge, GradientStrategy, Strategy
from mtldemo.weighting.fixed import Fixed
from mtldemo.weighting.runner import Runner

WEIGHTS = (2.0, 0.5, 3.0)


class ByGramian(GradientStrategy):
    """Fixed weights; keeps the Gramian it saw."""

    name = "by_gramian"

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        self.gramian = gramian
        return torch.tensor(WEIGHTS, dtype=torch.float64)


class ByMerge(GradientMerge):
    """Fixed weights; knows how many shared weights there are."""

    name = "by_merge"
    size = 0

    def prepare(self, parameters: int) -> None:
        self.size = parameters

    def forward(self, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        weights = torch.tensor(WEIGHTS)
        return gradients.mul_(weights[:, None]).sum(dim=0), weights


def parts(
    backbone: str, layout: torch.memory_format = torch.channels_last, sharing: str = "hard"
) -> tuple[Network, Tensor]:
    """A network and a batch."""
    torch.manual_seed(0)
    size = models.backbone_named(backbone).smallest
    model = models.build(ModelConfig(backbone=backbone, head_hidden=8), UTKFACE, size, SharingConfig(sharing))
    model = model.to(memory_format=layout)  # type: ignore[call-overload]
    images = torch.randn(2, 3, size, size).contiguous(memory_format=layout)
    return model, images


def forward(model: Network, images: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
    """Where the task gradients of a batch meet, and its outputs' K losses."""
    representation = model.represent(images)
    outputs = model.predict_from(representation)
    return representation.distinct, torch.stack([output.square().mean() for output in outputs.values()])


def filled(
    backbone: str,
    strategy: Strategy,
    place: str,
    layout: torch.memory_format = torch.channels_last,
    sharing: str = "hard",
    overlap: bool = False,
) -> list[Tensor]:
    """Every parameter's gradient."""
    model, images = parts(backbone, layout, sharing)
    there = torch.ones(3, dtype=torch.bool)
    backward = Backward(model, strategy, WeightingConfig(gradients_at=place), LastSeen(3))
    backward.overlap = overlap
    runner = Runner(strategy, rate=0.1, seed=0, parameters=backward.parameters)
    with backward.watching():
        meeting, losses = forward(model, images)
    weighed = runner.step(losses, backward.of(list(losses), there, meeting), lambda: torch.ones(3))
    assert weighed.weights.tolist() == list(WEIGHTS)
    assert weighed.objective.item() == pytest.approx(float((losses.detach() * torch.tensor(WEIGHTS)).sum()), rel=1e-5)
    found = [parameter.grad for parameter in model.parameters()]
    assert all(gradient is not None for gradient in found)
    return found  # type: ignore[return-value]


def assert_close(found: list[Tensor], expected: list[Tensor]) -> None:
    # A bias before BatchNorm has a gradient of rounding errors alone, so the largest one sets the scale as well.
    largest = max(float(gradient.norm()) for gradient in expected)
    for one, two in zip(found, expected, strict=True):
        assert float((one - two).norm()) <= 1e-3 * float(two.norm()) + 1e-5 * largest


@pytest.mark.parametrize("backbone", [backbone.name for backbone in BACKBONES])
def test_the_gradient_is_that_of_the_weighted_sum(backbone: str) -> None:
    model, images = parts(backbone)
    _, losses = forward(model, images)
    (torch.tensor(WEIGHTS) * losses).sum().backward()
    expected = [parameter.grad for parameter in model.parameters()]
    for place in ("shared", "block", "features"):
        assert_close(filled(backbone, ByGramian(UTKFACE), place), expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("sharing", SHARINGS, ids=lambda sharing: sharing.name)
def test_the_gradient_is_that_of_the_weighted_sum_however_the_tasks_share(sharing: type[Network]) -> None:
    model, images = parts("resnet18_small", sharing=sharing.name)
    _, losses = forward(model, images)
    (torch.tensor(WEIGHTS) * losses).sum().backward()
    expected = [parameter.grad for parameter in model.parameters()]
    chosen: list[tuple[Strategy, str]] = [(ByGramian(UTKFACE), place) for place in sharing.places]
    chosen += [(ByMerge(UTKFACE), place) for place in sharing.places if place != "block"]
    for strategy, place in [
        *chosen,
        (Fixed(UTKFACE, weights=dict(zip(UTKFACE.names, WEIGHTS, strict=True))), "shared"),
    ]:
        for overlap in (False, True):
            found = filled("resnet18_small", strategy, place, sharing=sharing.name, overlap=overlap)
            assert_close(found, expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("place", ["shared", "features"])
def test_a_merge_gives_the_shared_direction(place: str, layout: torch.memory_format) -> None:
    model, images = parts("resnet18_small", layout)
    _, losses = forward(model, images)
    (torch.tensor(WEIGHTS) * losses).sum().backward()
    strategy = ByMerge(UTKFACE)
    expected = [parameter.grad for parameter in model.parameters()]
    assert_close(filled("resnet18_small", strategy, place, layout), expected)  # type: ignore[arg-type]
    shared = sum(parameter.numel() for parameter in model.shared_parameters())
    assert strategy.size == (shared if place == "shared" else 0)


@pytest.mark.parametrize("place", ["shared", "block", "features"])
def test_the_gramian_is_taken_where_it_was_asked_for(place: str) -> None:
    model, images = parts("resnet18_small")
    meeting, losses = forward(model, images)
    at = {
        "shared": list(model.shared_parameters()),
        "block": list(model.last_block_parameters()),
        "features": [*meeting],
    }[place]
    rows = [
        torch.cat([g.flatten() for g in torch.autograd.grad(loss, at, retain_graph=True)]).double() for loss in losses
    ]
    strategy = ByGramian(UTKFACE)
    filled("resnet18_small", strategy, place)
    expected = torch.stack(rows) @ torch.stack(rows).T
    torch.testing.assert_close(strategy.gramian, expected, rtol=1e-4, atol=1e-4 * float(expected.max()))
