"""What the papers promise of the strategies that weigh or merge gradients, on random gradients of any scale."""

import pytest
import torch
from torch import Tensor

from mtldemo.weighting import STRATEGIES, GradientMerge, GradientStrategy
from mtldemo.weighting.base import NON_CONFLICTING, NOT_NEGATIVE, SCALE_INVARIANT, SUM_TO_ONE
from tests.weighting.random_gradients import LOSSES, SCALES, SIZE, made, merged, rows, weights_of

BY_GRAMIAN = [strategy.name for strategy in STRATEGIES if issubclass(strategy, GradientStrategy)]
MERGES = [strategy.name for strategy in STRATEGIES if issubclass(strategy, GradientMerge)]


def keeping(name: str) -> list[str]:
    """The strategies by gradients that declare the property ``name``."""
    keeps = [
        strategy.name for strategy in STRATEGIES if name in strategy.keeps and strategy.name in BY_GRAMIAN + MERGES
    ]
    assert keeps, f"no strategy declares {name}"
    return keeps


def answer(name: str, gradients: Tensor) -> tuple[Tensor, Tensor]:
    """The weights [K] and the direction [SIZE] of a first step."""
    if name in MERGES:
        direction, weights = merged(made(name), gradients)
        return weights.double(), direction.double()
    weights = weights_of(made(name), gradients)
    return weights, weights @ gradients


@pytest.mark.parametrize("scales", SCALES, ids=str)
@pytest.mark.parametrize("name", keeping(NOT_NEGATIVE))
def test_weights_are_not_negative(name: str, scales: tuple[float, ...]) -> None:
    for seed in range(10):
        assert (answer(name, rows(seed, scales))[0] >= 0).all()


@pytest.mark.parametrize("scales", SCALES, ids=str)
@pytest.mark.parametrize("name", keeping(NON_CONFLICTING))
def test_the_direction_harms_no_task(name: str, scales: tuple[float, ...]) -> None:
    for seed in range(20):
        gradients = rows(seed, scales)
        _, direction = answer(name, gradients)
        cosines = gradients @ direction / gradients.norm(dim=1) / direction.norm()
        assert cosines.min() >= -1e-7


@pytest.mark.parametrize(
    "name", ["mgda", "nash_mtl", "upgrad", "dualproj", "fairgrad", "config", "imtl_g", "aligned_mtl"]
)
def test_gradients_in_a_plane_leave_the_direction_finite(name: str) -> None:
    for seed in range(20):
        gradients = rows(seed, size=2)
        direction = weights_of(made(name), gradients) @ gradients
        assert direction.isfinite().all()
        # Three gradients around the whole plane cancel; then there is only zero left that harms none. 1e-8 is added
        # there for Nash and FairGrad, whose length stays.
        if name in ("mgda", "upgrad", "dualproj"):
            assert (gradients @ direction).min() >= -1e-9


@pytest.mark.parametrize("name", keeping(SUM_TO_ONE))
def test_weights_sum_to_one(name: str) -> None:
    for seed in range(10):
        weights, _ = answer(name, rows(seed))
        assert weights.sum().item() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", BY_GRAMIAN)
def test_the_gramian_is_all_that_counts(name: str) -> None:
    gradients = rows(1).float()
    weights = made(name)(gradients @ gradients.T, LOSSES)
    turn, _ = torch.linalg.qr(torch.randn(SIZE, SIZE, generator=torch.Generator().manual_seed(5)))
    turned = gradients @ turn
    torch.testing.assert_close(made(name)(turned @ turned.T, LOSSES), weights, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["sdmgrad", "moco", "db_mtl"])
def test_a_merge_turns_with_its_gradients(name: str) -> None:
    turn, _ = torch.linalg.qr(torch.randn(SIZE, SIZE, generator=torch.Generator().manual_seed(5)))
    straight, turned = made(name), made(name)
    for seed in range(4):
        gradients = rows(seed).float()
        direction, weights = merged(straight, gradients.clone())
        other, others = merged(turned, gradients @ turn)
        torch.testing.assert_close(direction @ turn, other, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(weights, others, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("factor", [1e-3, 1e3])
@pytest.mark.parametrize("name", BY_GRAMIAN)
def test_a_common_factor_has_its_known_effect(name: str, factor: float) -> None:
    # Nash's weights go with 1/factor. G a = a^-1/2 has factor^2 on the left, so a goes with factor^(-2 / (1 + 1/2)).
    power = {"nash_mtl": -1, "fairgrad": -4 / 3}.get(name, 0)
    for seed in range(5):
        before = weights_of(made(name), rows(seed))
        after = weights_of(made(name), factor * rows(seed))
        torch.testing.assert_close(after, before * factor**power, rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", keeping(SCALE_INVARIANT))
def test_the_unit_of_one_loss_leaves_the_direction(name: str) -> None:
    for seed in range(10):
        gradients, scaled = rows(seed), rows(seed, (1, 1000, 1e-3))
        before, after = (answer(name, each)[1] for each in (gradients, scaled))
        cosine = before @ after / before.norm() / after.norm()
        assert abs(cosine.item()) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("name", BY_GRAMIAN)
@pytest.mark.parametrize("kind", ["zero", "identical", "opposite", "one zero", "parallel"])
def test_singular_gramians_are_survived(name: str, kind: str) -> None:
    first = rows(0)[0]
    other = torch.zeros_like(first)
    gradients = {
        "zero": torch.stack([other, other, other]),
        "identical": torch.stack([first, first, first]),
        "opposite": torch.stack([first, -first, rows(0)[1]]),
        "one zero": torch.stack([first, other, rows(0)[1]]),
        "parallel": torch.stack([first, 1000 * first, -0.001 * first]),
    }[kind]
    for dtype in (torch.float32, torch.float64):
        for scale in (1e-6, 1, 1e6):
            scaled = (gradients * scale).to(dtype)
            strategy = made(name)
            for _ in range(3):
                weights = weights_of(strategy, scaled)
                assert weights.isfinite().all()


@pytest.mark.parametrize("name", ["sdmgrad", "moco", "db_mtl", "excess_mtl"])
def test_a_batch_without_a_task_leaves_its_state(name: str) -> None:
    strategy = made(name)
    merged(strategy, rows(0))
    kept = {key: value.clone() for key, value in strategy.state_dict().items()}
    absent = rows(2)
    absent[1] = 0
    direction, weights = merged(strategy, absent)
    assert direction.isfinite().all()
    assert weights.isfinite().all()
    for key in ("earlier", "tracked", "average", "squares"):
        if key in kept:
            assert torch.equal(strategy.state_dict()[key][1], kept[key][1])
            assert not torch.equal(strategy.state_dict()[key][0], kept[key][0])
