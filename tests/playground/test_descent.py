"""Paths through the landscape: those that the papers show, the same at every call, whatever the strategy."""

import numpy as np
import pytest

from mtldemo.playground.descent import STEPS, descend
from mtldemo.playground.landscape import STARTS, Landscape
from mtldemo.weighting import STRATEGIES


@pytest.fixture(scope="module")
def landscape() -> Landscape:
    """The Nash-MTL paper's."""
    return Landscape(0.1)


@pytest.mark.parametrize("name", [strategy.name for strategy in STRATEGIES])
def test_every_strategy_walks_and_repeats_itself(name: str, landscape: Landscape) -> None:
    walk, again = (descend(name, landscape, STARTS[3]) for _ in range(2))
    assert walk.points.shape == walk.losses.shape
    assert len(walk.points) == len(walk.weights) + 1 <= STEPS + 1
    assert np.isfinite(walk.points).all()
    assert tuple(walk.points[0]) == STARTS[3]
    assert walk.losses.min() > 0
    assert np.array_equal(walk.points, again.points)


def test_the_plain_sum_is_stuck_in_a_valley_and_nash_is_not(landscape: Landscape) -> None:
    front = landscape.front()
    plain = [descend("equal", landscape, start) for start in STARTS]
    assert [walk.arrived(front) for walk in plain] == [True, True, False, True, True]
    # Those that arrive all end where the mean loss is least, near the bottom of the larger loss.
    ends = np.array([walk.points[-1] for walk in plain if walk.arrived(front)])
    best = front[landscape.losses(front).sum(axis=1).argmin()]
    assert np.abs(ends - best).max() < 0.4
    nash = [descend("nash_mtl", landscape, start) for start in STARTS]
    assert all(walk.arrived(front) for walk in nash)
    assert all(abs(walk.points[-1][0]) < 6 for walk in nash)


def test_nash_ends_at_the_same_place_whatever_the_scale() -> None:
    first, second = (descend("nash_mtl", Landscape(scale), STARTS[0]).points[-1] for scale in (0.1, 1.0))
    assert np.allclose(first, second, atol=0.2)


@pytest.mark.parametrize(("name", "stuck"), [("mgda", []), ("pcgrad", [2]), ("cagrad", [2])])
def test_the_starts_that_fail_are_those_of_the_slow_original(name: str, stuck: list[int], landscape: Landscape) -> None:
    # Adam with rate 0.001 and its usual memory, 35,000 steps by the same rules: near (6.0, 0.6) from (9, 9).
    front = landscape.front()
    walks = [descend(name, landscape, start) for start in STARTS]
    assert [place for place, walk in enumerate(walks) if not walk.arrived(front)] == stuck
    for place in stuck:
        assert np.abs(walks[place].points[-1] - (6.0, 0.6)).max() < 0.7
