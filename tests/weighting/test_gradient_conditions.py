"""The equations and conditions that define each gradient strategy, one method after the other."""

import itertools

import pytest
import torch
from torch import Tensor

from tests.weighting.random_gradients import LOSSES, SCALES, SIZE, made, merged, rows, weights_of


def test_mgda_meets_its_conditions() -> None:
    for seed, scales in itertools.product(range(20), SCALES):
        gradients = rows(seed, scales)
        weights = weights_of(made("mgda"), gradients)
        direction = weights @ gradients
        square = direction @ direction
        slack = gradients @ direction - square
        # Relative to what the products could be: those of the longest gradients are sums that nearly cancel.
        reach = gradients.norm(dim=1) * direction.norm()
        assert (slack >= -1e-9 * reach).all()
        assert (slack * weights <= 1e-9 * square).all()


@pytest.mark.parametrize("c", [0.2, 0.5, 1.0, 2.0])
def test_cagrad_meets_its_conditions(c: float) -> None:
    for seed, scales in itertools.product(range(10), SCALES[:3]):
        gradients = rows(seed, scales)
        weights = weights_of(made("cagrad", c=c), gradients)
        direction, mean = weights @ gradients, gradients.mean(dim=0)
        # It lies on the ball's surface, and no other point of the ball serves the worst task better.
        assert (direction - mean).norm().item() == pytest.approx(c * mean.norm().item(), rel=1e-7)
        products = gradients @ direction
        worst = products.min()
        leaning = weights - 1 / 3
        lean = (leaning / leaning.sum()) @ gradients
        highest = lean @ mean + c * mean.norm() * lean.norm()
        # Both are small differences of products of the longest gradients, to whose rounding they agree.
        rounding = 1e-13 * (gradients.norm(dim=1).max() * direction.norm()).item()
        assert worst.item() == pytest.approx(highest.item(), rel=1e-6, abs=rounding)
        if c >= 1:
            assert (products >= -1e-9 * gradients.norm(dim=1) * direction.norm()).all()


def test_upgrad_and_dualproj_meet_their_conditions() -> None:
    for seed, scales in itertools.product(range(10), SCALES[:3]):
        gradients = rows(seed, scales)
        unit = gradients / gradients.norm(dim=1, keepdim=True)
        dual = weights_of(made("dualproj"), gradients) @ gradients
        moved = unit @ dual / dual.norm()
        added = (weights_of(made("dualproj"), gradients) - 1 / 3) * gradients.norm(dim=1) / dual.norm()
        assert moved.min() >= -1e-9
        assert added.min() >= -1e-12
        assert (moved * added).abs().max() <= 1e-8
        # UPGrad is the mean of the projections of one gradient at a time, each by the same conditions.
        weights = weights_of(made("upgrad"), gradients)
        assert (weights >= 1 / 3 - 1e-12).all()


def test_upgrad_and_dualproj_are_the_mean_without_conflict() -> None:
    gradients = rows(0).abs()
    for name in ("upgrad", "dualproj"):
        torch.testing.assert_close(weights_of(made(name), gradients), torch.full((3,), 1 / 3).double())


@pytest.mark.parametrize("scale", [1.0, 30.0, 100.0, 1e6])
def test_nash_solves_its_equations_for_float32_gradients(scale: float) -> None:
    for seed in range(20):
        gradients = rows(seed, (1, 1, scale)).float()
        products = (gradients @ gradients.T).double()
        weights = made("nash_mtl")(products, LOSSES)
        torch.testing.assert_close(products @ weights * weights, torch.ones(3).double(), rtol=1e-6, atol=0)


def test_fairgrad_of_one_is_nash() -> None:
    for seed, scales in itertools.product(range(5), SCALES):
        gradients = rows(seed, scales)
        nash, one = weights_of(made("nash_mtl"), gradients), weights_of(made("fairgrad", alpha=1), gradients)
        torch.testing.assert_close(one, nash, rtol=1e-9, atol=0)


@pytest.mark.parametrize("alpha", [0.5, 2.0, 10.0])
def test_fairgrad_solves_its_equations(alpha: float) -> None:
    for seed, scales in itertools.product(range(5), SCALES):
        products = rows(seed, scales) @ rows(seed, scales).T
        weights = made("fairgrad", alpha=alpha)(products, LOSSES)
        wanted = weights ** (-1 / alpha)
        # To a millionth, and where a gain is what is left of large terms, to their rounding.
        assert ((products @ weights - wanted).abs() <= 1e-6 * wanted + 1e-12 * (products.abs() @ weights)).all()


def outcomes(gradients: Tensor) -> list[Tensor]:
    """The directions of PCGrad for every combination of orders, by the paper's Algorithm 1 on the gradients."""
    found = []
    orders = [[order for order in itertools.permutations(range(3)) if order[0] == i] for i in range(3)]
    for chosen in itertools.product(*orders):
        total = torch.zeros(SIZE, dtype=torch.float64)
        for i, order in enumerate(chosen):
            own = gradients[i].clone()
            for j in order[1:]:
                if own @ gradients[j] < 0:
                    own -= (own @ gradients[j]) / gradients[j].square().sum() * gradients[j]
            total += own
        found.append(total)
    return found


def test_pcgrad_is_one_of_its_outcomes_and_reaches_all() -> None:
    gradients = rows(1)
    possible = torch.stack(outcomes(gradients))
    strategy = made("pcgrad")
    reached = set()
    for _ in range(60):
        far = (possible - weights_of(strategy, gradients) @ gradients).norm(dim=1)
        assert far.min() <= 1e-10
        reached.add(int(far.argmin()))
    distinct = {tuple(row) for row in (possible * 1e9).round().tolist()}
    assert len(reached) == len(distinct) > 1


def test_gradvac_without_memory_is_pcgrad() -> None:
    for seed in range(10):
        gradients = rows(seed)
        # Both draw the same orders from the same seed.
        torch.testing.assert_close(
            weights_of(made("gradvac", beta=0), gradients), weights_of(made("pcgrad"), gradients), rtol=1e-9, atol=0
        )


def test_gradvac_brings_cosines_to_their_average() -> None:
    strategy = made("gradvac")
    strategy.load_state_dict({**strategy.state_dict(), "averages": torch.full((3, 3), 0.4, dtype=torch.float64)})
    # With two tasks each gradient is changed once, and ends at the cosine aimed at.
    gradients = rows(1)
    gradients[2] = 0
    first = weights_of(strategy, gradients)
    g, h = gradients[0], gradients[1]
    # Each changed gradient is itself plus a part of the other.
    for part, own, other in ((first[1] - 1, g, h), (first[0] - 1, h, g)):
        changed = own + part * other
        assert (changed @ other / changed.norm() / other.norm()).item() == pytest.approx(0.4, abs=1e-9)


def test_aligned_gradients_have_one_length_and_right_angles() -> None:
    for seed, scales in itertools.product(range(5), SCALES[:2]):
        gradients = rows(seed, scales)
        direction = weights_of(made("aligned_mtl"), gradients) @ gradients
        smallest = torch.linalg.svdvals(gradients)[-1]
        # K gradients of that length at right angles sum to sqrt(K) times it.
        assert direction.norm().item() == pytest.approx((3**0.5 * smallest).item(), rel=1e-8)


def test_config_has_the_same_angle_to_all() -> None:
    for seed, scales in itertools.product(range(5), SCALES[:3]):
        gradients = rows(seed, scales)
        direction = weights_of(made("config"), gradients) @ gradients
        unit = gradients / gradients.norm(dim=1, keepdim=True)
        shares = unit @ direction
        torch.testing.assert_close(shares, shares[:1].expand(3), rtol=1e-6, atol=0)
        # Its length is that of the projections together.
        along = (gradients @ direction / direction.norm()).sum()
        assert direction.norm().item() == pytest.approx(along.item(), rel=1e-8)


def test_gradnorm_settles_at_equal_lengths() -> None:
    strategy = made("gradnorm", alpha=0)
    gradients = rows(0, (1, 20, 0.1))
    for _ in range(600):
        weights_of(strategy, gradients)
    weights = weights_of(strategy, gradients)
    lengths = weights * gradients.norm(dim=1)
    torch.testing.assert_close(lengths, lengths.mean().expand(3), rtol=0.06, atol=0)
    assert weights.sum().item() == pytest.approx(3)


def test_gradnorm_favours_a_task_that_lags() -> None:
    strategy = made("gradnorm")
    products = torch.eye(3, dtype=torch.float64)
    strategy(products, torch.tensor([1.0, 1, 1]))
    for _ in range(20):
        strategy(products, torch.tensor([0.1, 0.9, 0.1]))
    assert strategy(products, torch.ones(3)).argmax() == 1


def test_sdmgrad_and_moco_come_to_the_shortest_combination() -> None:
    # The same gradients in every batch leave no noise, so without a pull both look for what MGDA solves.
    gradients = rows(3)
    expected = weights_of(made("mgda"), gradients).float()
    strategy = made("sdmgrad", pull=0)
    tracking = made("moco", tracking=1, rate=5)
    for _ in range(150):
        merged(strategy, gradients)
        merged(tracking, gradients)
    torch.testing.assert_close(merged(strategy, gradients)[1], expected, rtol=0, atol=1e-3)
    torch.testing.assert_close(merged(tracking, gradients)[1], expected, rtol=0, atol=2e-2)


def test_db_mtl_doesnt_know_the_unit_of_a_loss() -> None:
    plain, scaled = made("db_mtl"), made("db_mtl")
    unit = torch.tensor([1.0, 1000, 0.001])
    for seed in range(4):
        gradients = rows(seed).float()
        first, _ = plain(gradients.clone(), LOSSES)
        second, _ = scaled(gradients * unit[:, None], LOSSES * unit)
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-5)
