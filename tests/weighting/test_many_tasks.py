"""One task, twelve and forty: what every strategy keeps then, also for gradients that repeat, cancel or are zero."""

import dataclasses
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from mtldemo.config import WeightingConfig
from mtldemo.tasks import UTKFACE, Task
from mtldemo.weighting import STRATEGIES, GradientMerge, Strategy, build
from mtldemo.weighting.base import NON_CONFLICTING, NOT_NEGATIVE, SUM_TO_ONE
from tests.weighting.test_scales import name_of, step

COUNTS, SIZE, STEPS = (1, 12, 40), 60, 3


def tasks_of(count: int) -> list[Task]:
    return [dataclasses.replace(UTKFACE[index % 3], name=f"task_{index:02}") for index in range(count)]


def made(strategy: type[Strategy], tasks: Sequence[Task]) -> Strategy:
    built = build(WeightingConfig(strategy.name), tasks).train()
    built.seed(1)
    if isinstance(built, GradientMerge):
        built.prepare(SIZE)
    return built


def gradients_of(kind: str, count: int, seed: int = 0) -> Tensor:
    """Gradients [count, SIZE] in float64."""
    draw = torch.Generator().manual_seed(seed)
    rows = torch.randn(count, SIZE, generator=draw).double()
    if kind == "leaning":
        return rows - 0.9 * rows.mean(dim=0)
    if kind == "repeated":
        return rows[torch.arange(count) // 3]
    if kind == "dependent":
        return rows[:, : max(2, count // 2)] @ rows[: max(2, count // 2)] if count > 1 else rows
    if kind == "some zero":
        return rows * (torch.arange(count) % 3 > 0)[:, None]
    if kind == "of any length":
        return rows * 10 ** (16 * torch.rand(count, 1, generator=draw).double() - 8)
    return {"any": rows, "opposite": rows[:1] * (-1.0) ** torch.arange(count)[:, None], "zero": 0 * rows}[kind]


def losses_of(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, generator=torch.Generator().manual_seed(100 + seed)) + 0.1


KINDS = ("any", "leaning", "repeated", "dependent", "some zero", "of any length", "opposite", "zero")


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_weights_and_direction_are_numbers_with_the_properties_declared(strategy: type[Strategy], count: int) -> None:
    for kind in KINDS:
        weigh = made(strategy, tasks_of(count))
        for seed in range(STEPS):
            gradients = gradients_of(kind, count, seed)
            weights, direction = step(weigh, gradients, losses_of(count, seed))
            assert weights.shape == (count,)
            assert direction.shape == (SIZE,)
            assert weights.isfinite().all(), kind
            assert direction.isfinite().all(), kind
            assert not weights.requires_grad
            if NOT_NEGATIVE in weigh.keeps:
                assert weights.min() >= 0, kind
            if SUM_TO_ONE in weigh.keeps:
                assert weights.sum().item() == pytest.approx(1, abs=1e-5), kind
            if NON_CONFLICTING in weigh.keeps and kind in ("any", "leaning", "repeated", "some zero"):
                lengths = gradients.norm(dim=1) * direction.norm()
                assert (gradients @ direction >= -1e-5 * lengths).all(), kind
            if count == 1 and gradients.any():
                assert weights.item() > 0, kind
            weigh.end_epoch()
        for values in [*weigh.learned().values(), *weigh.state_dict().values()]:
            assert values.isfinite().all(), kind


@pytest.mark.parametrize("count", COUNTS[1:])
@pytest.mark.parametrize("strategy", STRATEGIES, ids=name_of)
def test_the_order_of_the_tasks_means_nothing_and_a_saved_state_goes_on(strategy: type[Strategy], count: int) -> None:
    order = torch.randperm(count, generator=torch.Generator().manual_seed(2))
    tasks = tasks_of(count)
    straight, turned = made(strategy, tasks), made(strategy, [tasks[index] for index in order])
    for seed, kind in enumerate(("any", "leaning", "repeated", "some zero")):
        gradients, losses = gradients_of(kind, count, seed), losses_of(count, seed)
        resumed = made(strategy, tasks)
        resumed.load_state_dict(straight.state_dict())
        weights, direction = step(straight, gradients, losses)
        again, _ = step(resumed, gradients, losses)
        others, moved = step(turned, gradients[order], losses[order])
        assert torch.equal(again, weights)
        torch.testing.assert_close(others, weights[order], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(moved, direction, rtol=1e-3, atol=1e-4)
        for each in (straight, turned):
            each.end_epoch()
