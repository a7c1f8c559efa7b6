"""Gradients and losses of any size: what every strategy answers is a number, and the same in every unit."""

import dataclasses
import itertools
import warnings

import pytest
import torch
from torch import Tensor

from mtldemo.config import WeightingConfig
from mtldemo.tasks import UTKFACE, Task
from mtldemo.weighting import STRATEGIES, GradientMerge, GradientStrategy, LossStrategy, Strategy, build
from mtldemo.weighting.base import LOSSES_AFTER, PERFORMANCE
from mtldemo.weighting.solvers.inner_products import gramian
from tests.weighting.random_gradients import rows

BY_GRADIENT = [strategy for strategy in STRATEGIES if not issubclass(strategy, LossStrategy)]
BY_GRAMIAN = [strategy for strategy in STRATEGIES if issubclass(strategy, GradientStrategy)]
SCALES = (0.0, 1e-45, 1e-30, 1e-23, 1e-15, 1.0, 1e15, 1e20, 1e30)
DEGREES = {"nash_mtl": -1.0, "fairgrad": -4 / 3}
"""The power with which weights go by a common factor on all gradients; 0 for the others."""
UNIT_OF_ITS_OWN = {"excess_mtl"}
"""Adds a constant to a sum of squares, as published."""


def name_of(strategy: type[Strategy]) -> str:
    return strategy.name


def tasks(count: int) -> list[Task]:
    return [dataclasses.replace(UTKFACE[index % 3], name=f"task{index}") for index in range(count)]


def built(strategy: type[Strategy], count: int, size: int) -> Strategy:
    made = build(WeightingConfig(strategy.name), tasks(count)).train()
    made.seed(1)
    if isinstance(made, GradientMerge):
        made.prepare(size)
    return made


def step(strategy: Strategy, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
    """The weights [K] and the direction [P] of a step with these gradients [K, P] (float64) and losses [K]."""
    if PERFORMANCE in strategy.needs:
        strategy.observe(1 / (1 + losses))
    direction = None
    if isinstance(strategy, LossStrategy):
        weights = strategy(losses)[1]
    elif isinstance(strategy, GradientStrategy):
        weights = strategy(gramian([[row] for row in gradients.float()]), losses)
    else:
        direction, weights = strategy(gradients.float(), losses)
    if LOSSES_AFTER in strategy.needs:
        strategy.after_step(losses.sqrt())
    return weights.double(), weights.double() @ gradients if direction is None else direction.double()


def kinds(count: int) -> dict[str, Tensor]:
    """Gradients [count, 12] that agree, conflict, are one another's multiples, or cancel."""
    drawn = rows(1).repeat(3, 1)[:count] + 0.3 * rows(2).flip(1).repeat(3, 1)[:count].cumsum(dim=0)
    signs = torch.tensor([(-1.0) ** index for index in range(count)], dtype=torch.float64)
    one = drawn[:1].expand(count, -1)
    return {"any": drawn, "identical": one, "opposite": one * signs[:, None], "axes": torch.eye(12).double()[:count]}


@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_the_answer_is_a_number_at_every_scale(strategy: type[Strategy]) -> None:
    for count in (1, 2, 3, 8):
        for gradients in kinds(count).values():
            made = built(strategy, count, gradients.shape[1])
            # All tasks at one scale, then each at another, and all anew in each step.
            alike = [(scale,) * count for scale in SCALES]
            apart = [tuple(itertools.islice(itertools.cycle(SCALES[first::2]), count)) for first in range(4)]
            for scales in (*alike, *apart):
                unit = torch.tensor(scales)
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    weights, direction = step(made, gradients * unit[:, None], unit)
                assert weights.isfinite().all(), scales
                assert direction.isfinite().all(), scales
                for values in made.learned().values():
                    assert values.isfinite().all(), scales
            made.end_epoch()
            for values in made.state_dict().values():
                assert values.isfinite().all()


@pytest.mark.parametrize("strategy", BY_GRADIENT, ids=name_of)
def test_a_common_scale_of_all_gradients_changes_nothing_else(strategy: type[Strategy]) -> None:
    losses = torch.tensor([2.0, 3, 4])
    for scale in (1e-30, 1e-23, 1e-15, 1e15, 1e20, 1e30):
        if strategy.name in UNIT_OF_ITS_OWN:
            continue
        first, second = built(strategy, 3, 12), built(strategy, 3, 12)
        for seed in range(3):
            gradients = rows(seed, (1, 20, 0.01))
            weights, direction = step(first, gradients, losses)
            scaled, moved = step(second, gradients * scale, losses)
            power = DEGREES.get(strategy.name, 0.0)
            torch.testing.assert_close(scaled / scale**power, weights, rtol=1e-4, atol=0)
            torch.testing.assert_close(moved / scale ** (1 + power), direction, rtol=1e-4, atol=1e-5)
            for one, other in zip(first.learned().values(), second.learned().values(), strict=True):
                torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("strategy", BY_GRAMIAN, ids=name_of)
def test_a_gramian_that_lost_its_smallest_squares_is_survived(strategy: type[Strategy]) -> None:
    # As float32 makes it of (1, 2) and (-1e-23, 1e-24): the second's square is zero, its product with the first isn't.
    for tiny in (0.0, 1e-46, 5e-324):
        products = torch.tensor([[5.0, -8e-24], [-8e-24, tiny]], dtype=torch.float64)
        weights = built(strategy, 2, 2)(products, torch.ones(2))
        assert weights.isfinite().all()


def test_pcgrad_gives_up_the_whole_conflict_with_a_tiny_gradient() -> None:
    strategy = next(each for each in STRATEGIES if each.name == "pcgrad")
    gradients = torch.tensor([[1.0, 2], [-1e-23, 1e-24]], dtype=torch.float64)
    weights, direction = step(built(strategy, 2, 2), gradients, torch.ones(2))
    # g1.g2 = -8e-24, |g1|^2 = 5, |g2|^2 = 1.01e-46: each takes -(g1.g2) / |g|^2 of the other.
    torch.testing.assert_close(weights, torch.tensor([1 + 1.6e-24, 1 + 8e-24 / 1.01e-46]).double(), rtol=1e-6, atol=0)
    # (1, 2) less its part along (-10, 1), which is -8/101 of that; the other is too short to be seen.
    torch.testing.assert_close(direction, torch.tensor([21 / 101, 210 / 101]).double(), rtol=1e-6, atol=0)


@pytest.mark.parametrize("scale", [1e-40, 1e-23, 1e20, 1e30])
def test_inner_products_are_those_of_float64(scale: float) -> None:
    gradients = rows(1, (1, scale, 100 * scale), size=70_000).float()
    pieces = [list(row.split([40_000, 30_000])) for row in gradients]
    exact = gradients.double() @ gradients.double().T
    torch.testing.assert_close(gramian(pieces), exact, rtol=1e-4, atol=0)


def test_a_gradient_that_isnt_finite_is_not_made_one() -> None:
    gradients = torch.tensor([[1.0, 2], [float("inf"), 1]])
    assert not gramian([[row] for row in gradients]).isfinite().all()
    for strategy in STRATEGIES:
        if issubclass(strategy, LossStrategy) or strategy.name == "gradnorm":
            continue
        made = built(strategy, 2, 2)
        if isinstance(made, GradientStrategy):
            answer = made(gramian([[row] for row in gradients]), torch.ones(2))
        else:
            answer = made(gradients.clone(), torch.ones(2))[0]
        assert not answer.isfinite().all(), strategy.name


@pytest.mark.parametrize("name", ["uncertainty", "imtl_l", "imtl"])
def test_a_learned_weight_ends_somewhere_and_comes_back(name: str) -> None:
    strategy = built(next(each for each in STRATEGIES if each.name == name), 2, 2)
    (logs,) = strategy.parameters()
    weight = {"uncertainty": -1}.get(name, 1)
    for start, loss in ((200.0, 0.0), (200.0, 1e6)):
        logs.data.fill_(weight * start)
        logs.grad = None
        losses = torch.full((2,), loss)
        if isinstance(strategy, LossStrategy):
            objective, weights = strategy(losses)
            objective.backward()
        else:
            weights = strategy(torch.eye(2, dtype=torch.float64), losses)
        assert weights.isfinite().all()
        assert logs.grad is not None
        # Downhill is up with a loss of zero, and down again once the loss is large.
        assert (-weight * logs.grad > 0).all() == (loss == 0)
