import numpy as np
import pytest
from scipy.special import polygamma

from mtldemo.study.moderated import _trigamma_inverse, moderated


def test_the_distribution_of_the_variances_is_found_again() -> None:
    random, prior, common, free = np.random.default_rng(0), 6.0, 2.0, 4.0
    true = prior * common / random.chisquare(prior, 20_000)
    found = true * random.chisquare(free, 20_000) / free
    shared, known = moderated(found, np.full(20_000, free))
    assert known[0] - free == pytest.approx(prior, rel=0.1)
    slope = np.polyfit(found, shared, 1)[0]
    assert slope == pytest.approx(free / (prior + free), rel=0.1)
    assert np.mean((np.log(shared) - np.log(true)) ** 2) < np.mean((np.log(found) - np.log(true)) ** 2)


def test_equal_variances_are_taken_for_one() -> None:
    shared, known = moderated(np.full(8, 2.0), np.full(8, 2.0))
    assert np.ptp(shared) < 1e-4
    assert list(known) == [16.0] * 8


def test_variances_that_have_nothing_in_common_stay_about_as_they_are() -> None:
    variances = 10.0 ** np.arange(-6, 6)
    shared, known = moderated(variances, np.full(12, 30.0))
    # On a scale of logarithms, along which they are a million million apart.
    assert np.log10(shared) == pytest.approx(np.log10(variances), abs=0.75)
    assert np.all(known < 32)


def test_arms_without_a_variance_keep_theirs() -> None:
    variances = np.array([0.0, 1, 2, 3, 4, 5, np.nan])
    free = np.array([2.0, 2, 2, 2, 2, 2, 0])
    shared, known = moderated(variances, free)
    assert shared[0] == 0
    assert known[0] == 2
    assert np.isnan(shared[-1])
    assert known[-1] == 0
    assert np.all(known[1:-1] == 10)


def test_few_arms_are_left_alone() -> None:
    variances, free = np.array([1.0, 2, 3, 4]), np.full(4, 2.0)
    shared, known = moderated(variances, free)
    assert list(shared) == list(variances)
    assert list(known) == list(free)


@pytest.mark.parametrize("value", [1e-6, 0.01, 1.0, 30.0, 1e5])
def test_the_trigamma_functions_inverse(value: float) -> None:
    assert polygamma(1, _trigamma_inverse(value)) == pytest.approx(value, rel=1e-6)
