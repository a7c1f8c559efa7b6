import dataclasses
import math

import pytest
import torch
from torch import Tensor

from mtldemo import model as models
from mtldemo.config import OptimConfig, RunConfig, WeightingConfig
from mtldemo.data.batches import Batch, Batches, Pictures
from mtldemo.errors import MtlDemoError
from mtldemo.model.heads import task_loss
from mtldemo.tasks import UTKFACE
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.engine import Engine
from mtldemo.weighting import Equal, Fixed
from mtldemo.weighting.base import GradientMerge, GradientStrategy, Strategy

WEIGHTS = (2.0, 0.5, 3.0)


class ByGramian(GradientStrategy):
    """Fixed weights, in the clothes of a gradient strategy."""

    name = "by_gramian"

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        self.seen, self.losses = gramian, losses
        return torch.tensor(WEIGHTS)


class ByMerge(GradientMerge):
    """Fixed weights, in the clothes of a merge that changes the rows in place."""

    name = "by_merge"

    def forward(self, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        weights = torch.tensor(WEIGHTS)
        return gradients.mul_(weights[:, None]).sum(dim=0), weights


def make(strategy: Strategy, config: RunConfig, compute: ResolvedCompute) -> Engine:
    torch.manual_seed(0)
    model = models.build(config.model, UTKFACE.chosen(config.tasks), config.data.image_size)
    return Engine(model, strategy, UTKFACE.chosen(config.tasks), config, compute, total_steps=9)


@pytest.fixture
def batch(faces: Pictures) -> Batch:
    return next(Batches(faces, "train", UTKFACE, 12).epoch(0))


def gradients_of(engine: Engine) -> list[Tensor]:
    return [parameter.grad for parameter in engine.model.parameters() if parameter.grad is not None]


@pytest.mark.parametrize("kind", [ByGramian, ByMerge])
def test_the_recorded_weight_is_applied_to_backbone_and_heads(
    kind: type[Strategy], config: RunConfig, compute: ResolvedCompute, batch: Batch
) -> None:
    names = [task.name for task in UTKFACE]
    by_loss = make(Fixed(UTKFACE, weights=dict(zip(names, WEIGHTS, strict=True))), config, compute)
    other = make(kind(UTKFACE), config, compute)
    expected, found = by_loss.step(batch, 1), other.step(batch, 1)
    assert found.weights == expected.weights == dict(zip(names, WEIGHTS, strict=True))
    assert found.losses == expected.losses
    assert found.objective == pytest.approx(expected.objective)
    pairs = list(zip(gradients_of(by_loss), gradients_of(other), strict=True))
    assert len(pairs) == len(list(by_loss.model.parameters()))
    for one, two in pairs:
        torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-4)


def test_the_gramian_is_that_of_the_gradients_at_the_features(
    config: RunConfig, compute: ResolvedCompute, batch: Batch
) -> None:
    config = dataclasses.replace(
        config,
        label_smoothing=0.0,
        model=dataclasses.replace(config.model, dropout=0.0),
        loss_scales={"age": 0.1},
        weighting=WeightingConfig(gradients_at="features"),
    )
    strategy = ByGramian(UTKFACE)
    engine = make(strategy, config, compute)
    features = engine.model.backbone(batch.images).detach().requires_grad_()
    rows = []
    for task in UTKFACE:
        scale = 0.1 if task.name == "age" else 1.0
        output = engine.model.heads[task.name](features)
        loss = scale * task_loss(task, output, batch.targets[task.name], batch.present[task.name])
        rows.append(torch.autograd.grad(loss, features)[0].flatten())
    expected = torch.stack(rows).double() @ torch.stack(rows).double().T
    step = engine.step(batch, 1, compare=True)
    assert strategy.seen.dtype == torch.float64
    torch.testing.assert_close(strategy.seen, expected, rtol=1e-4, atol=1e-9)
    assert step.norms["gender"] == pytest.approx(float(rows[1].norm()), rel=1e-4)
    cosine = torch.nn.functional.cosine_similarity(rows[0], rows[2], dim=0)
    assert step.cosines["age|ethnicity"] == pytest.approx(float(cosine), rel=1e-3, abs=1e-5)
    assert list(step.cosines) == ["age|gender", "age|ethnicity", "gender|ethnicity"]


def test_comparing_changes_nothing(config: RunConfig, compute: ResolvedCompute, batch: Batch) -> None:
    engines = [make(Equal(UTKFACE), config, compute) for _ in range(2)]
    for engine, compare in zip(engines, (False, True), strict=True):
        engine.step(batch, 1, compare=compare)
    for one, two in zip(*(engine.model.parameters() for engine in engines), strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("strategy", [Equal, ByGramian, ByMerge])
def test_a_loss_that_is_not_finite_is_named(
    strategy: type[Strategy], config: RunConfig, compute: ResolvedCompute, batch: Batch
) -> None:
    engine = make(strategy(UTKFACE), config, compute)
    batch.targets["age"][0] = math.inf
    with pytest.raises(MtlDemoError, match=r"loss of age is no longer a finite number at step 7\."):
        engine.step(batch, 7)


def test_clipping_bounds_the_gradient_and_the_record_tells_its_norm_before(
    config: RunConfig, compute: ResolvedCompute, batch: Batch
) -> None:
    free = make(Equal(UTKFACE), config, compute)
    clipped = make(Equal(UTKFACE), dataclasses.replace(config, optim=OptimConfig(clip=0.5)), compute)
    norms = [engine.step(batch, 1).gradient_norm for engine in (free, clipped)]
    assert norms[0] == norms[1] > 0.5
    total = torch.cat([gradient.flatten() for gradient in gradients_of(clipped)]).norm()
    assert float(total) == pytest.approx(0.5, rel=1e-3)


def test_loss_scales_come_before_weighting(config: RunConfig, compute: ResolvedCompute, batch: Batch) -> None:
    plain = make(Equal(UTKFACE), config, compute).step(batch, 1)
    scaled = make(Equal(UTKFACE), dataclasses.replace(config, loss_scales={"age": 0.1}), compute).step(batch, 1)
    assert scaled.losses["age"] == pytest.approx(0.1 * plain.losses["age"])
    assert scaled.weights["age"] == 1
    assert scaled.objective == pytest.approx(sum(scaled.losses.values()))


@pytest.mark.parametrize("layout", ["contiguous", "channels_last"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_every_way_to_compute_gives_about_the_same(
    precision: str, layout: str, config: RunConfig, compute: ResolvedCompute, batch: Batch
) -> None:
    expected = make(Equal(UTKFACE), config, compute).step(batch, 1)
    found = make(Equal(UTKFACE), config, ResolvedCompute("cpu", precision, layout, 1)).step(batch, 1)
    assert found.losses == pytest.approx(expected.losses, rel=0.02)
