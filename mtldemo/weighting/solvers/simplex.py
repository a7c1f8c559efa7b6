"""Weights that are not negative and sum to one: the combination of least norm, and the nearest such weights."""

from collections.abc import Iterator

import numpy as np

from mtldemo.weighting.solvers.cosines import ROUNDING, SMALLEST
from mtldemo.weighting.solvers.nonnegative import NEAR, UnitGradients, is_zero, resolutions

TIE = 1e-15
"""Violations of the conditions below this share of the weights are alike: rounding."""


def min_norm(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """The w [M] >= 0 with sum 1 whose combination sum w_i g_i is shortest; see ``cosines.Rule``.

    Solved in y = w x norm: min y^T C y with y >= 0 and r^T y = 1, where r = 1 / norm. Of several solutions, the one
    whose y has the smallest squares: identical gradients share evenly.
    """
    ratio = norms.min() / norms
    best, wrong, square = np.zeros(len(norms)), np.inf, 0.0
    for gradients in resolutions(cosines):
        for y in _candidates(gradients, ratio):
            products = cosines @ y
            slack = products - (y @ products) * ratio
            far = max(np.abs(slack[y > 0]).max(), -slack.min(), TIE * y.max())
            if far < wrong:
                best, wrong, square = y, far, max(float(y @ products), 0.0)
        if wrong <= NEAR * square**0.5 or is_zero(square, best):
            break
    weights = ratio * best
    return weights / weights.sum()


def _candidates(gradients: UnitGradients, ratio: np.ndarray) -> Iterator[np.ndarray]:
    """Points y [M] >= 0 with r^T y = 1 that are the solution or near it; which gradients it uses is the same in all."""
    start = gradients.shortest(ratio)[0]
    used = start > 0
    # With the gradients in use known the solution is exact: C y = mu r, or C y = 0 where they can cancel.
    for exact in (*(part @ ratio[used] for part in gradients.inverse(used)), start[used]):
        total = ratio[used] @ exact
        if total <= SMALLEST or exact.min() < -ROUNDING * exact.max():
            continue
        whole = np.zeros(len(ratio))
        whole[used] = exact.clip(min=0) / total
        yield whole


def nearest(values: np.ndarray) -> np.ndarray:
    """The w [K] >= 0 with sum 1 that is nearest to ``values`` [K]; NaN where these aren't finite."""
    if not np.isfinite(values).all():
        return np.full_like(values, np.nan)
    falling = np.sort(values)[::-1]
    # The sums are taken relative to the largest, so that a value of 1e12 doesn't swallow the one.
    excess = (np.cumsum(falling - falling[0]) - 1) / np.arange(1, len(values) + 1)
    level = excess[np.nonzero(falling - falling[0] > excess)[0][-1]]
    return (values - falling[0] - level).clip(min=0)
