"""How exact the solvers are on gradients that repeat, cancel, lie in a plane or differ by 1e16 in length.

The conditions of each solution are computed from the gradients themselves, in extended precision, and hold relative to
the length of the combination and of each gradient. A combination shorter than ``RESOLVED`` of its terms is zero: its
square is lost in the rounding of theirs, and those squares are all that a Gramian in float64 knows.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from mtldemo.weighting.solvers.averse import averse
from mtldemo.weighting.solvers.cone import project
from mtldemo.weighting.solvers.cosines import weigh
from mtldemo.weighting.solvers.simplex import min_norm

EXACT, RESOLVED, ZERO = 1e-6, 1e-7, 1e-9
DIRECTED = 1e-5
"""A longer combination's length is known to a millionth, which a leaning of a given length needs."""
COUNTS, SPREADS = (1, 2, 3, 8, 12, 40), (0, 3, 8)


def noise(draw: np.random.Generator, count: int, size: int) -> np.ndarray:
    return draw.normal(size=(count, size))


def cancelling(draw: np.random.Generator, count: int, size: int) -> np.ndarray:
    gradients = noise(draw, count, size)
    return gradients - gradients.mean(axis=0)


KINDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "any": lambda draw, count: noise(draw, count, 2 * count),
    "leaning": lambda draw, count: cancelling(draw, count, 2 * count) + 0.2 * noise(draw, 1, 2 * count),
    "plane": lambda draw, count: noise(draw, count, 2),
    "half the rank": lambda draw, count: noise(draw, count, max(1, count // 2)) + 1,
    "repeated": lambda draw, count: (
        cancelling(draw, count, 2 * count)[draw.integers(0, count, count)] + 0.1 * noise(draw, 1, 2 * count)
    ),
    "nearly repeated": lambda draw, count: noise(draw, 1, 2 * count) + 1e-6 * noise(draw, count, 2 * count),
    "integers": lambda draw, count: draw.integers(-1, 2, (count, count + 1)) + np.eye(count, count + 1) * 3.0,
    "opposite": lambda draw, count: noise(draw, 1, 2 * count) * (-1.0) ** np.arange(count)[:, None],
    "nearly opposite": lambda draw, count: (
        noise(draw, 1, 2 * count) * (-1.0) ** np.arange(count)[:, None] + 2e-6 * noise(draw, count, 2 * count)
    ),
    "copies and opposites": lambda draw, count: (
        noise(draw, count, 2 * count)[draw.integers(0, (count + 1) // 2, count)]
        * draw.choice([-1, 1], (count, 1), p=[0.3, 0.7])
        + 1e-6 * noise(draw, count, 2 * count)
    ),
    "cancelling": lambda draw, count: cancelling(draw, count, 2 * count),
    "nearly cancelling": lambda draw, count: cancelling(draw, count, 2 * count) + 1e-5 * noise(draw, 1, 2 * count),
}


class Case(NamedTuple):
    """Gradients [M, P] in extended precision, what float64 makes of their Gramian, and their lengths [M]."""

    gradients: np.ndarray
    gramian: Tensor
    norms: np.ndarray


def cases(kind: str) -> list[Case]:
    made = []
    for count, spread, seed in itertools.product(COUNTS, SPREADS, range(2)):
        draw = np.random.default_rng([count, spread, seed])
        gradients = KINDS[kind](draw, count) * 10 ** draw.uniform(-spread, spread, count)[:, None]
        gradients = gradients[np.any(gradients != 0, axis=1)]
        exact = gradients.astype(np.longdouble)
        made.append(Case(exact, torch.from_numpy(gradients @ gradients.T), np.sqrt((exact * exact).sum(axis=1))))
    return [case for case in made if len(case.norms)]


def length(vector: np.ndarray) -> np.longdouble:
    return np.sqrt(np.longdouble(vector @ vector))


@pytest.mark.parametrize("kind", KINDS)
def test_no_point_of_the_simplex_is_shorter(kind: str) -> None:
    for gradients, gramian, norms in cases(kind):
        weights = weigh(gramian, min_norm).numpy()
        assert weights.min() >= 0
        assert weights.sum() == pytest.approx(1, abs=1e-12)
        shortest = weights @ gradients
        if length(shortest) <= RESOLVED * (weights @ norms):
            assert length(shortest) <= ZERO * (weights @ norms)
            continue
        # Each gradient in use has the same product with the shortest as that has with itself, no other a smaller one.
        slack = (gradients @ shortest - shortest @ shortest) / norms / length(shortest)
        assert slack.min() >= -EXACT
        # The product with itself is the sum of terms that cancel, and known to their rounding.
        rounding = 1e-16 * (weights @ norms) ** 2 / norms / length(shortest)
        assert (np.abs(slack) <= EXACT + rounding)[weights > 0].all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_projection_on_the_cone_meets_its_conditions(kind: str) -> None:
    for gradients, gramian, norms in cases(kind):
        wanted = np.eye(len(norms))[:, :3]
        moved: list[np.ndarray] = []

        def rule(_: np.ndarray, cosines: np.ndarray, wanted: np.ndarray = wanted, moved: list = moved) -> np.ndarray:
            moved.append(project(cosines, wanted))
            return np.ones(len(cosines))

        weigh(gramian, rule)
        units = gradients / norms[:, None]
        for weights, own in zip(moved[0].T, wanted.T, strict=True):
            assert (weights >= own).all()
            combined = weights @ units
            if length(combined) <= RESOLVED * weights.sum():
                assert length(combined) <= ZERO * weights.sum()
                continue
            products = units @ combined / length(combined)
            assert products.min() >= -EXACT
            assert np.abs(products[weights > own]).max(initial=0) <= EXACT


@pytest.mark.parametrize("kind", KINDS)
def test_cagrad_lifts_the_worst_gain_as_far_as_its_ball_reaches(kind: str) -> None:
    for gradients, gramian, norms in cases(kind):
        added = weigh(gramian, lambda norms, cosines: averse(norms, cosines, 0.5)).numpy()
        mean = gradients.mean(axis=0)
        lean = added @ gradients
        if not added.any():
            shortest = weigh(gramian, min_norm).numpy()
            assert min(length(shortest @ gradients) / (shortest @ norms), length(mean) / norms.mean()) <= DIRECTED
            continue
        if min(length(lean) / (added @ norms), length(mean) / norms.mean()) <= DIRECTED:
            continue
        assert length(lean) / (0.5 * length(mean)) == pytest.approx(1, abs=EXACT)
        # The dual's value at these weights: no direction in the ball gives every task a larger gain.
        bound = (lean @ mean + 0.5 * length(mean) * length(lean)) / added.sum()
        slack = (gradients @ (mean + lean) - bound) / norms / length(mean)
        assert slack.min() >= -EXACT
        assert np.abs(slack[added > 0]).max() <= EXACT
