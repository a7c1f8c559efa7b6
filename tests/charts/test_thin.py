import numpy as np
import pytest

from mtldemo.charts.thin import bucket_means, smooth, thin


@pytest.mark.parametrize("count", [2001, 2500, 10_000, 123_457])
def test_thinning_keeps_ends_order_and_every_spike(count: int) -> None:
    y = np.random.default_rng(count).normal(size=count)
    y[count // 3], y[count // 2] = 50, -50
    kept = thin(y)
    assert len(kept) <= 2000
    assert len(kept) > 1500
    assert np.all(np.diff(kept) > 0)
    assert {0, count - 1, count // 3, count // 2} <= set(kept.tolist())


def test_a_short_curve_is_left_alone() -> None:
    assert thin(np.zeros(2000)).tolist() == list(range(2000))
    assert len(thin(np.zeros(0))) == 0


def test_gaps_never_hide_a_number() -> None:
    y = np.full(5000, np.nan)
    y[[700, 4321]] = 1.0, 2.0
    assert {700, 4321} <= set(thin(y, 100).tolist())


def test_smoothing_is_free_of_the_bias_of_its_start() -> None:
    assert smooth(np.full(5, 3.0), 0.9) == pytest.approx(np.full(5, 3.0))
    # (0.5 * 1 + 4) / (0.5 + 1): both weighted by decay to the power of their age, over the sum of these weights.
    assert smooth(np.array([1.0, 4.0]), 0.5)[1] == pytest.approx(3.0)
    y = np.array([1.0, 2.0])
    assert smooth(y, 0) is y


def test_smoothing_bridges_gaps() -> None:
    assert smooth(np.array([1.0, np.nan, 4.0]), 0.5) == pytest.approx([1.0, 1.0, 3.0])


def test_bucket_means_keep_the_whole() -> None:
    values = np.random.default_rng(0).random((1000, 3))
    means = bucket_means(values, 10)
    assert means.shape == (10, 3)
    assert means == pytest.approx(values.reshape(10, 100, 3).mean(axis=1))
    assert bucket_means(values, 1000) is values
