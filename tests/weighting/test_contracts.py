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
from mtldemo.tasks import UTKFACE, Task
from mtldemo.weighting import STRATEGIES, GradientMerge, GradientStrategy, LossStrategy, Strategy, build
from mtldemo.weighting.base import (
    LOSSES_AFTER,
    NON_CONFLICTING,
    NOT_NEGATIVE,
    PERFORMANCE,
    PROPERTIES,
    SUM_TO_ONE,
)

BY_LOSS = [strategy for strategy in STRATEGIES if issubclass(strategy, LossStrategy)]
NO_STRATEGIES = {"base", "draws", "costs", "epochs", "runner"}
EPOCHS, STEPS, SIZE = 6, 3, 8
ORDER = (0, 1, 2)

Answer = tuple[Tensor, Tensor]
"""A step's weights [K], and the direction [SIZE] of the shared parameters."""


def name_of(strategy: type[Strategy]) -> str:
    return strategy.name


def make(strategy: type[Strategy], tasks: Sequence[Task] = UTKFACE) -> Strategy:
    made = build(WeightingConfig(strategy.name), tasks)
    made.seed(3)
    if isinstance(made, GradientMerge):
        made.prepare(SIZE)
    return made


def draw(*shape: int, seed: int = 0) -> Tensor:
    """Positive numbers from 0.1 to 1.1."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) + 0.1


def step(strategy: Strategy, index: int, order: Sequence[int] = ORDER, scales: Sequence[float] = (1, 1, 1)) -> Answer:
    """Training step ``index``, with the losses and gradients of it; the strategy's own parameters go downhill."""
    scale = torch.tensor(scales)[list(order)]
    losses = draw(3, seed=index)[list(order)] * scale
    rows = (2 * draw(3, SIZE, seed=1000 + index) - 1.2)[list(order)] * scale[:, None]
    strategy.zero_grad()
    if PERFORMANCE in strategy.needs:
        strategy.observe(draw(3, seed=2000 + index)[list(order)] - 0.1)
    if isinstance(strategy, LossStrategy):
        objective, weights = strategy(losses)
        direction = weights @ rows
        if list(strategy.parameters()):
            objective.backward()
    elif isinstance(strategy, GradientStrategy):
        weights = strategy(rows.double() @ rows.double().T, losses)
        direction = weights.to(rows) @ rows
    else:
        direction, weights = strategy(rows, losses)
    for parameter in strategy.parameters():
        if parameter.grad is not None:
            parameter.data -= 0.05 * parameter.grad
    if LOSSES_AFTER in strategy.needs:
        strategy.after_step(losses * draw(3, seed=3000 + index)[list(order)])
    return weights, direction.clone()


def run(strategy: Strategy, first: int, last: int, order: Sequence[int] = ORDER) -> list[Answer]:
    """The steps ``first`` to ``last`` (not included), with epochs of ``STEPS`` steps between them."""
    answers = []
    for index in range(first, last):
        answers.append(step(strategy, index, order))
        if (index + 1) % STEPS == 0:
            strategy.end_epoch()
    return answers


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
    assert strategy.keeps <= PROPERTIES.keys()
    assert ".. math::" in (strategy.__doc__ or "")
    assert "eparture" in (strategy.__doc__ or "")


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_each_setting_has_a_range_words_and_a_default_within(strategy: type[Strategy]) -> None:
    for field in settings_of(strategy):
        setting = field.setting
        assert setting.label, field.name
        assert setting.help, field.name
        bounded = None not in (setting.low, setting.high)
        assert setting.choices or bounded or field.kind is bool or field.item is str, field.name
        assert field.check(field.default) == field.default


@pytest.mark.parametrize("scales", [(1e-6, 1, 1e6), (1e6, 1e6, 1e6), (1e-6, 1e-6, 1e-6), (1e3, 1e-3, 1)], ids=str)
@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_weights_are_finite_detached_and_shaped(strategy: type[Strategy], scales: tuple[float, ...]) -> None:
    weigh = make(strategy)
    for index in range(EPOCHS):
        weights, direction = step(weigh, index, scales=scales)
        assert weights.shape == (3,)
        assert not weights.requires_grad
        assert weights.isfinite().all()
        assert direction.shape == (SIZE,)
        assert direction.isfinite().all()
        if NOT_NEGATIVE in weigh.keeps:
            assert (weights >= 0).all()
        if SUM_TO_ONE in weigh.keeps:
            assert weights.sum().item() == pytest.approx(1, abs=1e-5)
        if NON_CONFLICTING in weigh.keeps:
            scaled = (2 * draw(3, SIZE, seed=1000 + index) - 1.2) * torch.tensor(scales)[:, None]
            cosines = scaled @ direction / scaled.norm(dim=1) / direction.norm().clamp(min=1e-30)
            assert cosines.min() >= -1e-5
        weigh.end_epoch()
    for value in weigh.learned().values():
        assert value.shape == (3,)
        assert not value.requires_grad


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_a_loss_and_a_gradient_of_zero_are_survived(strategy: type[Strategy]) -> None:
    for scales in ((1, 0, 1), (0, 0, 0)):
        weigh = make(strategy)
        for index in range(EPOCHS):
            weights, direction = step(weigh, index, scales=scales)
            assert weights.isfinite().all()
            assert direction.isfinite().all()
            weigh.end_epoch()


@pytest.mark.parametrize("strategy", BY_LOSS, ids=name_of)
def test_the_weights_told_are_the_weights_of_the_objective(strategy: type[Strategy]) -> None:
    weigh = make(strategy)
    for index in range(EPOCHS * STEPS):
        run(weigh, index, index + 1)
        losses = draw(3, seed=100 + index).requires_grad_()
        objective, weights = weigh.eval()(losses)
        (applied,) = torch.autograd.grad(objective, losses)
        assert objective.shape == ()
        torch.testing.assert_close(weights, applied, rtol=1e-6, atol=0)
        weigh.train()


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_weights_that_were_returned_never_change_later(strategy: type[Strategy]) -> None:
    weigh = make(strategy)
    weights, _ = step(weigh, 0)
    kept = weights.clone()
    run(weigh, 1, EPOCHS * STEPS)
    assert torch.equal(weights, kept)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
@pytest.mark.parametrize("stop", [1, 4, 6, 8, 13])
def test_a_saved_strategy_goes_on_as_if_never_stopped(strategy: type[Strategy], stop: int) -> None:
    whole, total = make(strategy), EPOCHS * STEPS
    run(whole, 0, stop)
    file = io.BytesIO()
    torch.save(whole.state_dict(), file)
    file.seek(0)
    resumed = make(strategy)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for expected, found in zip(run(whole, stop, total), run(resumed, stop, total), strict=True):
        assert all(torch.equal(one, two) for one, two in zip(expected, found, strict=True))
    for expected, found in zip(whole.learned().values(), resumed.learned().values(), strict=True):
        assert torch.equal(expected, found)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_the_order_of_the_tasks_means_nothing(strategy: type[Strategy]) -> None:
    order = [2, 0, 1]
    straight = run(make(strategy), 0, EPOCHS * STEPS)
    turned = run(make(strategy, [UTKFACE[index] for index in order]), 0, EPOCHS * STEPS, order)
    for expected, found in zip(straight, turned, strict=True):
        torch.testing.assert_close(expected[0][order], found[0], rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(expected[1], found[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_nothing_is_drawn_from_torchs_own_generator(strategy: type[Strategy]) -> None:
    before = torch.get_rng_state()
    run(make(strategy), 0, STEPS)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_one_task_alone_works(strategy: type[Strategy]) -> None:
    weigh = make(strategy, UTKFACE[:1])
    for index in range(EPOCHS * STEPS):
        weights, direction = step(weigh, index, order=(0,))
        assert weights.shape == (1,)
        assert weights.isfinite().all()
        assert weights.item() > 0
        assert direction.isfinite().all()
        weigh.end_epoch()
