"""What every strategy keeps when the engine trains a network by it."""

import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mtldemo.config import OptimConfig, RunConfig, WeightingConfig
from mtldemo.data.batches import Batch
from mtldemo.errors import MtlDemoError
from mtldemo.model.heads import task_loss
from mtldemo.tasks import UTKFACE
from mtldemo.training.compute import ResolvedCompute, threads
from mtldemo.training.engine import Engine
from mtldemo.weighting import STRATEGIES, GradientMerge, GradientStrategy, LossStrategy, Strategy, build
from mtldemo.weighting.base import PARAMETERS
from tests.hydranet import hydranet

LR, STEPS, EPOCH = 0.01, 8, 2
NAMES = [task.name for task in UTKFACE]
COMPUTE = ResolvedCompute("cpu", "fp32", "contiguous", 1)
CONFIG = RunConfig(
    loss_scales={"age": 0.1},
    optim=OptimConfig(optimizer="sgd", lr=LR, schedule="constant", warmup=0, weight_decay=0, momentum=0, ema=0),
)


class TinyBackbone(nn.Module):
    """Two small blocks with BatchNorm: images [B, 3, S, S] -> features [B, 6]."""

    def __init__(self) -> None:
        super().__init__()
        first = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        second = nn.Sequential(nn.Conv2d(4, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU())
        self.features = nn.Sequential(first, second)

    def forward(self, images: Tensor) -> Tensor:
        return self.features(images).mean(dim=(2, 3))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """A second thread costs more than it gains on a network this small."""
    with threads(1):
        yield


def places(strategy: type[Strategy]) -> list[str]:
    """Where the strategy may take the gradients."""
    if issubclass(strategy, LossStrategy):
        return ["shared"]
    if issubclass(strategy, GradientStrategy):
        return ["shared", "block", "features"]
    return ["shared"] if PARAMETERS in strategy.needs else ["shared", "features"]


EVERYWHERE = [
    pytest.param(strategy, place, id=f"{strategy.name}-{place}")
    for strategy in STRATEGIES
    for place in places(strategy)
]


def engine_for(strategy: type[Strategy], **weighting: str) -> Engine:
    torch.manual_seed(0)
    chosen = WeightingConfig(strategy.name, **weighting)  # type: ignore[arg-type]
    model = hydranet(backbone := TinyBackbone(), 6, UTKFACE, hidden=5, dropout=0.2, block=backbone.features[-1])
    config = dataclasses.replace(CONFIG, weighting=chosen)
    return Engine(model, build(chosen, UTKFACE), UTKFACE, config, COMPUTE, total_steps=STEPS)


def batch(number: int, *, without: tuple[str, ...] = ()) -> Batch:
    draw = torch.Generator().manual_seed(number)
    targets = {
        "age": 20 + 40 * torch.rand(6, generator=draw),
        "gender": torch.randint(0, 2, (6,), generator=draw),
        "ethnicity": torch.randint(0, 5, (6,), generator=draw),
    }
    present = {name: torch.full((6,), name not in without) for name in targets}
    return Batch(torch.randn(6, 3, 10, 10, generator=draw), targets, present, torch.arange(6))


def train(engine: Engine, first: int, last: int) -> list[Any]:
    """The steps ``first`` to ``last`` (both included), in epochs of ``EPOCH`` steps; every third lacks a label."""
    steps = []
    for number in range(first, last + 1):
        steps.append(engine.step(batch(number, without=("gender",) if number % 3 == 0 else ()), number))
        if number % EPOCH == 0:
            engine.strategy.end_epoch()
    return steps


def gradients_of(engine: Engine, number: int, data: Batch) -> list[list[Tensor]]:
    """Each task's gradient at every parameter of the network, worked out apart, with the dropout of that step."""
    rows = []
    for task in UTKFACE:
        torch.manual_seed((engine.config.seed * 1_000_003 + number) % 2**63)
        statistics = {name: value.clone() for name, value in engine.model.named_buffers()}
        output = engine.model(data.images)[task.name]
        scale = engine.config.loss_scales.get(task.name, 1.0)
        loss = scale * task_loss(task, output, data.targets[task.name], data.present[task.name])
        parameters = list(engine.model.parameters())
        found = torch.autograd.grad(loss, parameters, allow_unused=True)
        rows.append([torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)])
        for name, value in engine.model.named_buffers():
            value.copy_(statistics[name])
    return rows


@pytest.mark.parametrize("scale", ["published", "sum_k"])
@pytest.mark.parametrize(("strategy", "place"), EVERYWHERE)
def test_the_update_is_that_of_the_recorded_weights(strategy: type[Strategy], place: str, scale: str) -> None:
    engine = engine_for(strategy, gradients_at=place, weight_scale=scale)
    heads = {id(parameter) for parameter in engine.model.heads.parameters()}
    for number in range(1, STEPS + 1):
        data = batch(number)
        before = [parameter.detach().clone() for parameter in engine.model.parameters()]
        rows = gradients_of(engine, number, data)
        step = engine.step(data, number)
        weights = [step.weights[name] for name in NAMES]
        for name, weight, row in zip(NAMES, weights, rows, strict=True):
            # A head gets its own task's gradient alone, so the weight can be read off it.
            own = {id(parameter) for parameter in engine.model.heads[name].parameters()}
            pairs = [(p.grad, g) for p, g in zip(engine.model.parameters(), row, strict=True) if id(p) in own]
            applied, plain = (
                torch.cat([piece.flatten().double() for piece in pieces]) for pieces in zip(*pairs, strict=True)
            )
            assert float(applied @ plain / (plain @ plain)) == pytest.approx(weight, rel=1e-6, abs=1e-9)
        if scale == "sum_k":
            assert sum(map(abs, weights)) == pytest.approx(3, rel=1e-5)
        for index, (parameter, old) in enumerate(zip(engine.model.parameters(), before, strict=True)):
            if issubclass(strategy, GradientMerge) and id(parameter) not in heads:
                continue  # The shared direction is its own, element by element; its heads go by the weights.
            # A sum of the task gradients may nearly cancel, so the error is one of their size.
            parts = [weight * row[index].double() for weight, row in zip(weights, rows, strict=True)]
            size = sum(float(part.norm()) for part in parts)
            error = parameter.detach().double() - (old.double() - LR * torch.stack(parts).sum(dim=0))
            assert float(error.norm()) <= LR * 1e-5 * size + 1e-6 * float(old.norm()), number
        if number % EPOCH == 0:
            engine.strategy.end_epoch()


@pytest.mark.parametrize(("strategy", "place"), EVERYWHERE)
def test_an_interrupted_run_goes_on_to_the_same_bits(strategy: type[Strategy], place: str) -> None:
    whole = engine_for(strategy, gradients_at=place)
    train(whole, 1, 5)
    file = io.BytesIO()
    torch.save(whole.state(), file)
    file.seek(0)
    resumed = engine_for(strategy, gradients_at=place)
    resumed.load(torch.load(file, weights_only=True))
    # torch's generator is wherever it happens to be after a restart.
    expected = train(whole, 6, STEPS)
    torch.manual_seed(12345)
    assert train(resumed, 6, STEPS) == expected
    for one, two in zip(whole.model.state_dict().values(), resumed.model.state_dict().values(), strict=True):
        assert torch.equal(one, two)
    states = [engine.strategy.state_dict() for engine in (whole, resumed)]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.parametrize(("strategy", "place"), EVERYWHERE)
def test_a_batch_without_a_tasks_labels_leaves_all_in_order(strategy: type[Strategy], place: str) -> None:
    engine = engine_for(strategy, gradients_at=place)
    missing = [(), ("age",), ("age", "gender"), ("age", "gender", "ethnicity"), ("ethnicity",), ()]
    losses: dict[str, float] = {}
    for number, without in enumerate(missing, start=1):
        heads = {name: [p.detach().clone() for p in engine.model.heads[name].parameters()] for name in without}
        step = engine.step(batch(number, without=without), number)
        assert all(np.isfinite([*step.weights.values(), *step.losses.values(), step.objective, step.gradient_norm]))
        for name in without:
            assert step.losses[name] == losses[name], "the last loss that was seen stands in"
            for old, new in zip(heads[name], engine.model.heads[name].parameters(), strict=True):
                assert torch.equal(old, new), "its head has no gradient"
        losses = step.losses
        engine.strategy.end_epoch()
    assert all(parameter.isfinite().all() for parameter in engine.model.parameters())


@pytest.mark.parametrize(("strategy", "place"), EVERYWHERE)
def test_the_first_batch_may_lack_labels(strategy: type[Strategy], place: str) -> None:
    for without in (("age",), tuple(NAMES)):
        engine = engine_for(strategy, gradients_at=place)
        for number in (1, 2):
            step = engine.step(batch(number, without=without if number == 1 else ()), number)
            assert all(np.isfinite([*step.weights.values(), *step.losses.values()]))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize(("strategy", "place"), EVERYWHERE)
def test_a_loss_that_is_not_finite_is_said_in_words(strategy: type[Strategy], place: str, bad: float) -> None:
    engine = engine_for(strategy, gradients_at=place)
    train(engine, 1, 2)
    with torch.no_grad():
        for parameter in engine.model.heads["age"].parameters():
            parameter.fill_(bad)
    with pytest.raises(MtlDemoError, match=r"The loss of age is no longer a finite number at step 3"):
        engine.step(batch(3), 3)


@pytest.mark.parametrize(("strategy", "place"), EVERYWHERE)
def test_the_networks_statistics_are_updated_once_a_step(strategy: type[Strategy], place: str) -> None:
    engine, plain = engine_for(strategy, gradients_at=place), engine_for(STRATEGIES[0])
    for one in (engine, plain):
        one.step(batch(1), 1)
    for (name, found), expected in zip(engine.model.named_buffers(), plain.model.buffers(), strict=True):
        assert torch.equal(found, expected), name


@pytest.mark.parametrize("name", ["pcgrad", "nash_mtl", "mgda", "sdmgrad"])
def test_losses_in_a_tiny_or_a_huge_unit_are_weighed_alike(name: str) -> None:
    strategy = next(each for each in STRATEGIES if each.name == name)
    answers = []
    for unit in (1.0, 1e-25, 1e15):
        engine = engine_for(strategy, weight_scale="sum_k")
        engine._scales = [unit] * len(UTKFACE)
        answers.append(engine.step(batch(1), 1).weights)
    assert answers[1] == pytest.approx(answers[0], rel=1e-3)
    assert answers[2] == pytest.approx(answers[0], rel=1e-3)
