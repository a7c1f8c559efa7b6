"""The small solvers: optimality conditions on thousands of problems would be slow, so on some of every kind."""

import itertools
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch

from mtldemo.weighting.solvers.averse import averse
from mtldemo.weighting.solvers.cone import project
from mtldemo.weighting.solvers.cosines import weigh
from mtldemo.weighting.solvers.eigen import eigen
from mtldemo.weighting.solvers.fair import bargain, fair
from mtldemo.weighting.solvers.impartial import impartial, level
from mtldemo.weighting.solvers.simplex import min_norm, nearest

Problem = tuple[np.ndarray, np.ndarray]


def problem(seed: int, spread: float = 0.0, count: int | None = None, size: int | None = None) -> Problem:
    """Norms over ``2 * spread`` powers of ten, and cosines, of random gradients; dependent where ``size`` is small."""
    draw = np.random.default_rng(seed)
    count = count or int(draw.integers(2, 6))
    units = draw.normal(size=(count, size or count + int(draw.integers(0, 10))))
    units /= np.linalg.norm(units, axis=1)[:, None]
    cosines = units @ units.T
    np.fill_diagonal(cosines, 1)
    return 10 ** draw.uniform(-spread, spread, count), cosines


def gramian(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    return cosines * norms[:, None] * norms


ANY = [problem(seed, spread) for seed, spread in itertools.product(range(12), (0, 1, 3))]
MANY = [problem(seed, 1, count, size) for seed in range(2) for count in (12, 40) for size in (3 * count, count // 2)]
SOLVERS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray | tuple[np.ndarray, np.ndarray]]] = {
    "min_norm": min_norm,
    "averse": lambda norms, cosines: averse(norms, cosines, 0.5),
    "cone": lambda _, cosines: project(cosines, np.eye(len(cosines))),
    "bargain": bargain,
    "fair": lambda norms, cosines: fair(norms, cosines, 0.5),
    "impartial": impartial,
    "eigen": eigen,
}


def test_min_norm_of_two_is_the_textbooks() -> None:
    # The foot of the perpendicular from 0 on the line between g and h: w = (h - g).h / |g - h|^2, kept within 0 ... 1.
    for cosine, other in itertools.product((-0.9, -0.3, 0.2, 0.6), (0.01, 0.5, 1, 30)):
        expected = min(max((other**2 - cosine * other) / (1 + other**2 - 2 * cosine * other), 0), 1)
        found = min_norm(np.array([1, other]), np.array([[1, cosine], [cosine, 1]]))
        assert found == pytest.approx([expected, 1 - expected], abs=1e-12)


def test_min_norm_shares_among_identical_gradients() -> None:
    assert min_norm(np.ones(3), np.ones((3, 3))) == pytest.approx([1 / 3] * 3)


def test_the_nearest_point_of_the_simplex() -> None:
    assert nearest(np.array([0.3, 0.5])) == pytest.approx([0.4, 0.6])
    assert nearest(np.array([2.0, 0.0, -5.0])) == pytest.approx([1, 0, 0])
    assert nearest(np.array([1e12, 1e12, 0.0])) == pytest.approx([0.5, 0.5, 0])
    draw = np.random.default_rng(0)
    for _ in range(20):
        point, other = draw.normal(size=4), draw.dirichlet(np.ones(4))
        found = nearest(point)
        # The angle at the nearest point of a convex set is never acute.
        assert (point - found) @ (other - found) <= 1e-12


@pytest.mark.parametrize("radius", [0.1, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("case", ANY + MANY)
def test_the_dual_of_cagrad_has_no_gap(case: Problem, radius: float) -> None:
    norms, cosines = case
    products = gramian(norms, cosines)
    mean = np.full(len(norms), 1 / len(norms))
    added = averse(norms, cosines, radius)
    size = radius * np.sqrt(mean @ products @ mean)
    if not added.any():
        # Where a combination is zero and the ball reaches as far as the mean, no leaning lifts the worst gain.
        shortest = min_norm(*case)
        assert radius >= 1
        assert shortest @ products @ shortest <= 1e-12 * norms.max() ** 2
        return
    share = added / added.sum()
    # The worst task's gain by the direction, and the dual's value at the weights that made it, bound each other.
    primal = (products @ (mean + added)).min()
    dual = share @ products @ mean + size * np.sqrt(share @ products @ share)
    unit = size * np.sqrt(share @ products @ share) + abs(dual)
    assert primal == pytest.approx(dual, abs=1e-9 * unit + 1e-12 * norms.max() * size)
    assert np.sqrt(added @ products @ added) == pytest.approx(size, rel=1e-9)


def test_cagrad_adds_nothing_where_a_combination_is_zero() -> None:
    # The second and third cancel. No leaning can raise the worst gain above zero.
    cosines = np.array([[1.0, 0, 0], [0, 1, -1], [0, -1, 1]])
    assert averse(np.ones(3), cosines, 0.5) == pytest.approx([0, 0, 0])


@pytest.mark.parametrize("power", [0.1, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("case", ANY)
def test_the_fair_weights_solve_their_equations(case: Problem, power: float) -> None:
    norms, cosines = case
    weights = bargain(*case) if power == 1 else fair(*case, power)
    assert weights.min() > 0
    gains = gramian(norms, cosines) @ weights
    assert gains * weights**power == pytest.approx(1, rel=1e-7)


@pytest.mark.parametrize("scale", [1.0, 30.0, 100.0, 1e4, 1e6])
def test_nash_is_exact_at_any_ratio_of_scales(scale: float) -> None:
    for seed in range(50):
        norms, cosines = problem(seed, count=3)
        norms[seed % 3] *= scale
        weights = bargain(norms, cosines)
        assert gramian(norms, cosines) @ weights * weights == pytest.approx(1, rel=1e-9)


def test_eigenvalues_keep_their_relative_accuracy() -> None:
    # Gradients of length 1e8, 1 and 1e-8 at right angles but for the last: [[1, 0.6], [0.6, 1]] by 1 and 1e-8 has the
    # determinant 0.64e-16 and the trace 1 + 1e-16, so its small eigenvalue is 0.64e-16 to sixteen digits.
    norms, cosines = np.array([1e8, 1, 1e-8]), np.array([[1, 0, 0], [0, 1, 0.6], [0, 0.6, 1]])
    values, vectors = eigen(norms, cosines)
    assert np.sort(values) == pytest.approx([0.64e-16, 1, 1e16], rel=1e-12)
    assert vectors.T @ vectors == pytest.approx(np.eye(3), abs=1e-14)


@pytest.mark.parametrize("case", ANY)
def test_eigenvectors_rebuild_the_gramian(case: Problem) -> None:
    norms, cosines = case
    values, vectors = eigen(*case)
    rebuilt = (vectors * values) @ vectors.T
    assert rebuilt / norms[:, None] / norms == pytest.approx(cosines, abs=1e-11)


def test_level_gives_every_unit_gradient_the_same_product() -> None:
    for norms, cosines in ANY:
        assert cosines @ level(cosines) == pytest.approx(1, rel=1e-9)
        weights = impartial(norms, cosines)
        assert weights.sum() == pytest.approx(1, rel=1e-9)
        shares = gramian(norms, cosines) @ weights / norms
        assert shares == pytest.approx(shares[0], rel=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "cosines",
    [
        np.ones((1, 1)),
        np.ones((3, 3)),
        np.array([[1.0, -1], [-1, 1]]),
        np.eye(4),
        np.full((3, 3), -0.5) + 1.5 * np.eye(3),
    ],
    ids=["one", "identical", "opposite", "right angles", "cancelling"],
)
def test_degenerate_gradients_are_survived(solver: str, cosines: np.ndarray) -> None:
    for spread in (0, 3, 6):
        norms = 10 ** np.linspace(-spread, spread, len(cosines))
        found = SOLVERS[solver](norms, cosines)
        for part in found if isinstance(found, tuple) else (found,):
            assert np.isfinite(part).all()


def test_a_task_without_a_gradient_takes_no_part() -> None:
    products = torch.tensor([[4.0, 0, -2], [0, 0, 0], [-2, 0, 2]])
    found = weigh(products, min_norm)
    torch.testing.assert_close(found, torch.tensor([0.4, 0, 0.6]))
    assert weigh(torch.zeros(3, 3), min_norm).tolist() == pytest.approx([1 / 3] * 3)
    assert weigh(torch.full((2, 2), float("inf")), min_norm).isnan().all()


def test_a_gramian_that_rounding_made_indefinite_is_survived() -> None:
    near = 1 + 1e-7
    products = torch.tensor([[1, near, near], [near, 1, -near], [near, -near, 1.0]], dtype=torch.float64)
    for rule in (min_norm, bargain, impartial):
        assert weigh(products, rule).isfinite().all()


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("count", [12, 40])
def test_forty_tasks_take_twenty_milliseconds_at_most(solver: str, count: int) -> None:
    for case in (problem(3, 1, count, 3 * count), problem(4, 1, count, count // 2)):
        spans = []
        for _ in range(5):
            start = time.perf_counter()
            found = SOLVERS[solver](*case)
            spans.append(time.perf_counter() - start)
            assert all(np.isfinite(part).all() for part in (found if isinstance(found, tuple) else (found,)))
        assert min(spans) < 0.02


@pytest.mark.parametrize("solver", SOLVERS)
def test_three_tasks_take_a_millisecond_at_most(solver: str) -> None:
    case = problem(3, spread=1, count=3)
    spans = []
    for _ in range(30):
        start = time.perf_counter()
        SOLVERS[solver](*case)
        spans.append(time.perf_counter() - start)
    # The best of many: what else runs on the machine is no part of it.
    assert min(spans) < 1e-3
