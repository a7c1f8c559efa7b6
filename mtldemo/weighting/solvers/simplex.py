"""Weights that are not negative and sum to one: the combination of least norm, and the nearest such weights."""

import numpy as np

from mtldemo.weighting.solvers.cosines import ROUNDING, SMALLEST
from mtldemo.weighting.solvers.nonnegative import UnitGradients, inverse

TIE = 1e-15
"""Violations of the conditions below this share of the weights are alike: rounding."""


def min_norm(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """The w [M] >= 0 with sum 1 whose combination sum w_i g_i is shortest; see ``cosines.Rule``.

    Solved in y = w x norm: min y^T C y with y >= 0 and r^T y = 1, where r = 1 / norm. Of several solutions, the one
    whose y has the smallest squares: identical gradients share evenly.
    """
    ratio = norms.min() / norms
    start = UnitGradients(cosines).shortest(ratio)[0]
    used = start > 0
    best, wrong = start / (ratio @ start), np.inf
    # With the gradients in use known the solution is exact: C y = mu r, or C y = 0 where they can cancel.
    for exact in (*(part @ ratio[used] for part in inverse(cosines[np.ix_(used, used)])), start[used]):
        total = ratio[used] @ exact
        if total <= SMALLEST or exact.min() < -ROUNDING * exact.max():
            continue
        whole = np.zeros(len(norms))
        whole[used] = exact.clip(min=0) / total
        products = cosines @ whole
        slack = products - (whole @ products) * ratio
        far = max(np.abs(slack[used]).max(), -slack.min(), TIE * whole.max())
        if far < wrong:
            best, wrong = whole, far
    weights = ratio * best
    return weights / weights.sum()


def nearest(values: np.ndarray) -> np.ndarray:
    """The w [K] >= 0 with sum 1 that is nearest to ``values`` [K]; NaN where these aren't finite."""
    if not np.isfinite(values).all():
        return np.full_like(values, np.nan)
    falling = np.sort(values)[::-1]
    # The sums are taken relative to the largest, so that a value of 1e12 doesn't swallow the one.
    excess = (np.cumsum(falling - falling[0]) - 1) / np.arange(1, len(values) + 1)
    level = excess[np.nonzero(falling - falling[0] > excess)[0][-1]]
    return (values - falling[0] - level).clip(min=0)
