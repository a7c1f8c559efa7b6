"""Weights that are not negative and sum to one: the combination of least norm, and the nearest such weights."""

import numpy as np

from mtldemo.weighting.solvers.faces import Blocks, faces, violation


def min_norm(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """The w [M] >= 0 with sum 1 whose combination sum w_i g_i is shortest; see ``cosines.Rule``.

    Solved in y = w x norm: min y^T C y with y >= 0 and r^T y = 1, where r = 1 / norm. On the right face C y = mu r. Of
    several solutions (identical gradients), one that is spread over the most tasks.
    """
    count = len(norms)
    ratio = norms.min() / norms
    best, wrong = np.eye(count)[norms.argmin()], np.inf
    for places in reversed(faces(count)):
        blocks = Blocks(cosines, places)
        right = ratio[places][:, :, None]
        # In a singular block some combination may be zero altogether, which nothing is shorter than.
        parts = [blocks.solve(right), blocks.null(right)] if blocks.singular() else [blocks.solve(right)]
        whole = blocks.spread(np.concatenate(parts, axis=2))
        # A point that isn't finite is infinitely far from the solution.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            whole = whole / (ratio[None, :, None] * whole).sum(axis=1, keepdims=True)
            products = cosines @ whole
            slack = products - (whole * products).sum(axis=1, keepdims=True) * ratio[None, :, None]
        far = violation(whole, slack, blocks.inside())
        index = np.unravel_index(far.argmin(), far.shape)
        if far[index] < wrong:
            best, wrong = ratio * whole[index[0], :, index[1]], far[index]
    best = best.clip(min=0)
    return best / best.sum()


def nearest(values: np.ndarray) -> np.ndarray:
    """The w [K] >= 0 with sum 1 that is nearest to ``values`` [K]; NaN where these aren't finite."""
    if not np.isfinite(values).all():
        return np.full_like(values, np.nan)
    falling = np.sort(values)[::-1]
    # The sums are taken relative to the largest, so that a value of 1e12 doesn't swallow the one.
    excess = (np.cumsum(falling - falling[0]) - 1) / np.arange(1, len(values) + 1)
    level = excess[np.nonzero(falling - falling[0] > excess)[0][-1]]
    return (values - falling[0] - level).clip(min=0)
