"""Fewer points for the same picture, and moving averages. Vectorised; arrays are float [N]."""

import numpy as np
import pandas as pd

LIMIT = 2000
"""More points than this to a trace cost time in the browser and can't be seen."""
SMOOTH_POINTS = 800
"""Enough for a curve that hardly jumps, and each refresh is quicker by it."""


def thin(y: np.ndarray, limit: int = LIMIT) -> np.ndarray:
    """The ascending indices [M <= limit] of the points of ``y`` [N] to draw.

    Splits the curve into equal buckets and keeps the lowest and the highest point of each, so that no spike is lost,
    and always the first and the last point. ``nan`` is never preferred to a number. ``limit`` is at least 4.
    """
    count = len(y)
    if count <= limit:
        return np.arange(count)
    buckets = (limit - 2) // 2
    edges = np.linspace(0, count, buckets + 1).astype(np.int64)
    width = int(np.diff(edges).max())
    # Every bucket is read through a window of the widest one's size; what lies beyond its own end is masked.
    index = edges[:-1, None] + np.arange(width)[None, :]
    beyond = index >= edges[1:, None]
    values = y[np.minimum(index, count - 1)]
    hidden = beyond | np.isnan(values)
    lowest = np.where(hidden, np.inf, values).argmin(axis=1)
    highest = np.where(hidden, -np.inf, values).argmax(axis=1)
    indices = np.concatenate([[0, count - 1], edges[:-1] + lowest, edges[:-1] + highest])
    return np.unique(indices)


def smooth(y: np.ndarray, decay: float) -> np.ndarray:
    """The moving average of ``y`` [N] with ``decay`` 0 to 0.99, freed of the bias of its start; gaps are bridged."""
    if decay <= 0 or len(y) == 0:
        return y
    return pd.Series(y).ewm(alpha=1 - decay, adjust=True, ignore_na=True).mean().to_numpy()


def bucket_means(values: np.ndarray, limit: int) -> np.ndarray:
    """The means of ``values`` [N, K] over at most ``limit`` equal buckets: [M, K]; of the numbers among them where some
    are ``nan``. For areas and cells, not lines."""
    count = len(values)
    if count <= limit:
        return values
    edges = np.linspace(0, count, limit + 1).astype(np.int64)
    known = np.isfinite(values)
    sums = np.add.reduceat(np.where(known, values, 0.0), edges[:-1], axis=0)
    counts = np.add.reduceat(known.astype(np.int64), edges[:-1], axis=0)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
