"""What every strategy keeps, over the whole tuple, so that a new one is tested by being listed."""

import io
import pkgutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mtldemo import weighting
from mtldemo.config import WeightingConfig
from mtldemo.settings import settings_of
from mtldemo.tasks import TASKS, Task
from mtldemo.weighting import STRATEGIES, GradientMerge, GradientStrategy, LossStrategy, Strategy, build

BY_LOSS = [strategy for strategy in STRATEGIES if issubclass(strategy, LossStrategy)]
NO_STRATEGIES = {"base", "draws", "costs"}
EPOCHS, STEPS = 4, 3


def name_of(strategy: type[Strategy]) -> str:
    return strategy.name


def make(strategy: type[Strategy], tasks: Sequence[Task] = TASKS) -> Strategy:
    return build(WeightingConfig(strategy.name), tasks)


def draw(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, generator=torch.Generator().manual_seed(seed)) + 0.1


def step(strategy: Strategy, losses: Tensor) -> Tensor:
    """One training step by plain gradient descent; returns the applied weights."""
    objective, weights = strategy(losses)
    parameters = list(strategy.parameters())
    if parameters:
        for parameter, gradient in zip(parameters, torch.autograd.grad(objective, parameters), strict=True):
            parameter.data -= 0.05 * gradient
    return weights


def run(strategy: Strategy, first: int, last: int, order: Sequence[int] = (0, 1, 2)) -> list[Tensor]:
    """Weights of the steps ``first`` to ``last`` (not included), with epochs of ``STEPS`` steps between them."""
    weights = []
    for index in range(first, last):
        weights.append(step(strategy, draw(3, index)[list(order)]))
        if (index + 1) % STEPS == 0:
            strategy.end_epoch()
    return weights


def test_every_file_holds_one_listed_strategy() -> None:
    files = {module.name for module in pkgutil.iter_modules(weighting.__path__) if not module.ispkg} - NO_STRATEGIES
    homes = [strategy.__module__.rpartition(".")[2] for strategy in STRATEGIES]
    assert sorted(homes) == sorted(files), "each strategy has one file, and is listed in STRATEGIES"
    for name in files:
        lines = (Path(weighting.__path__[0]) / f"{name}.py").read_text(encoding="utf-8").count("\n")
        assert lines < 120, name


def test_names_are_unique() -> None:
    assert len({strategy.name for strategy in STRATEGIES}) == len(STRATEGIES)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_each_says_what_it_is(strategy: type[Strategy]) -> None:
    assert issubclass(strategy, LossStrategy | GradientStrategy | GradientMerge)
    for words in (strategy.name, strategy.title, strategy.idea, strategy.formula, strategy.paper, strategy.cost):
        assert words.strip()
    assert strategy.name == strategy.name.lower()
    assert ".. math::" in (strategy.__doc__ or "")
    assert "eparture" in (strategy.__doc__ or "")


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_each_setting_has_a_range_words_and_a_default_within(strategy: type[Strategy]) -> None:
    for field in settings_of(strategy):
        setting = field.setting
        assert setting.label, field.name
        assert setting.help, field.name
        assert setting.choices or field.kind is bool or None not in (setting.low, setting.high), field.name
        assert field.check(field.default) == field.default


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("strategy", BY_LOSS, ids=name_of)
def test_weights_are_finite_detached_and_shaped(strategy: type[Strategy], scale: float) -> None:
    weigh = make(strategy)
    scales = torch.tensor([scale, 1.0, 1 / scale])
    for epoch in range(EPOCHS):
        losses = (draw(3, epoch) * scales).requires_grad_()
        objective, weights = weigh(losses)
        assert objective.shape == ()
        assert weights.shape == (3,)
        assert not weights.requires_grad
        assert objective.isfinite()
        assert weights.isfinite().all()
        assert (weights >= 0).all()
        weigh.end_epoch()
    for value in weigh.learned().values():
        assert value.shape == (3,)
        assert not value.requires_grad


@pytest.mark.parametrize("strategy", BY_LOSS, ids=name_of)
def test_the_weights_told_are_the_weights_applied(strategy: type[Strategy]) -> None:
    weigh = make(strategy)
    for index in range(EPOCHS * STEPS):
        run(weigh, index, index + 1)
        losses = draw(3, 100 + index).requires_grad_()
        objective, weights = weigh.eval()(losses)
        (applied,) = torch.autograd.grad(objective, losses)
        torch.testing.assert_close(weights, applied, rtol=1e-6, atol=0)
        weigh.train()


@pytest.mark.parametrize("strategy", BY_LOSS, ids=name_of)
def test_weights_that_were_returned_never_change_later(strategy: type[Strategy]) -> None:
    weigh = make(strategy)
    _, weights = weigh(draw(3))
    kept = weights.clone()
    run(weigh, 0, EPOCHS * STEPS)
    assert torch.equal(weights, kept)


@pytest.mark.parametrize("strategy", BY_LOSS, ids=name_of)
@pytest.mark.parametrize("stop", [4, 6, 8])
def test_a_saved_strategy_goes_on_as_if_never_stopped(strategy: type[Strategy], stop: int) -> None:
    whole, total = make(strategy), EPOCHS * STEPS
    run(whole, 0, stop)
    file = io.BytesIO()
    torch.save(whole.state_dict(), file)
    file.seek(0)
    resumed = make(strategy)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for expected, found in zip(run(whole, stop, total), run(resumed, stop, total), strict=True):
        assert torch.equal(expected, found)
    for expected, found in zip(whole.learned().values(), resumed.learned().values(), strict=True):
        assert torch.equal(expected, found)


@pytest.mark.parametrize("strategy", BY_LOSS, ids=name_of)
def test_the_order_of_the_tasks_means_nothing(strategy: type[Strategy]) -> None:
    order = [2, 0, 1]
    straight = run(make(strategy), 0, EPOCHS * STEPS)
    turned = run(make(strategy, [TASKS[index] for index in order]), 0, EPOCHS * STEPS, order)
    for expected, found in zip(straight, turned, strict=True):
        torch.testing.assert_close(expected[order], found)


@pytest.mark.parametrize("strategy", BY_LOSS, ids=name_of)
def test_one_task_alone_works(strategy: type[Strategy]) -> None:
    weigh = make(strategy, TASKS[:1])
    for index in range(EPOCHS * STEPS):
        weights = step(weigh, draw(1, index))
        assert weights.shape == (1,)
        assert weights.isfinite().all()
        assert weights.item() > 0
        weigh.end_epoch()
