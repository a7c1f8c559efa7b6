"""The driver steps a strategy as training does, and holding still shows what it settles at."""

import math

import numpy as np
import pytest

from mtldemo.config import WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.playground.driver import Driver
from mtldemo.playground.still import hold
from mtldemo.tasks import UTKFACE
from mtldemo.weighting import STRATEGIES, GradientMerge, build

PULLS = ((2.0, 0.5), (-0.5, 1.0), (0.3, 1.2))
names = pytest.mark.parametrize("name", [strategy.name for strategy in STRATEGIES])


@names
@pytest.mark.parametrize("count", [2, 3])
def test_every_strategy_gives_finite_weights_and_a_direction(name: str, count: int) -> None:
    weights, direction = hold(name, UTKFACE[:count], (15.0, 0.7, 1.5)[:count], PULLS[:count], steps=12)
    assert weights.shape == (count,)
    assert direction.shape == (2,)
    assert np.isfinite(weights).all()
    assert np.isfinite(direction).all()
    strategy = build(WeightingConfig(name), UTKFACE[:count])
    if not isinstance(strategy, GradientMerge):
        assert np.allclose(direction, weights @ np.array(PULLS[:count]))


def test_equal_and_mgda_by_hand() -> None:
    weights, direction = hold("equal", UTKFACE[:2], (3.0, 1.0), ((1.0, 0.0), (0.0, 2.0)))
    assert weights.tolist() == [1, 1]
    assert direction.tolist() == [1, 2]
    # Of two gradients at a right angle the shortest combination has weights 4/5 and 1/5.
    weights, direction = hold("mgda", UTKFACE[:2], (3.0, 1.0), ((1.0, 0.0), (0.0, 2.0)))
    assert np.allclose(weights, [0.8, 0.2])
    assert np.allclose(direction, [0.8, 0.4])


def test_what_is_learned_settles_at_the_losses() -> None:
    # 1/2 - c e^-s L = 0, so each weight c e^-s is 1 / (2 L).
    losses = (15.0, 0.7, 1.5)
    settled, _ = hold("uncertainty", UTKFACE, losses, steps=200)
    assert np.allclose(settled, [1 / (2 * loss) for loss in losses], rtol=0.02)


def test_a_strategy_that_looks_after_the_step_is_told_of_it() -> None:
    # The first loss falls at every step, so weight moves to the others.
    weights, _ = hold("famo", UTKFACE[:2], (1.0, 1.0), ((3.0, 0.0), (0.0, 0.0)), steps=50)
    assert weights[0] < weights[1]
    asked = []
    Driver("equal", UTKFACE, rate=0.01).after(lambda: asked.append(True) or [1.0, 1.0, 1.0])
    assert not asked, "what nobody wants to know isn't computed"


def test_zero_gradients_and_wrong_options() -> None:
    assert np.isfinite(hold("nash_mtl", UTKFACE[:2], (1.0, 1.0))[0]).all()
    with pytest.raises(MtlDemoError, match="no loss weighting 'nobody'"):
        hold("nobody", UTKFACE[:2], (1.0, 1.0))
    with pytest.raises(MtlDemoError, match="radius"):
        Driver("cagrad", UTKFACE, rate=0.1, options={"radius": math.pi})
