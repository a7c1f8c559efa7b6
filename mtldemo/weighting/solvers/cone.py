"""The nearest combination of gradients that conflicts with none of them."""

import numpy as np

from mtldemo.weighting.solvers.cosines import ROUNDING
from mtldemo.weighting.solvers.nonnegative import is_zero, resolutions


def project(cosines: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """For each column u of ``wanted`` [M, C] >= 0, the v >= u with the least v^T ``cosines`` v: [M, C].

    The combination of unit gradients by v is the one by u, moved by as little as makes its product with every gradient
    at least zero. With v = u + z it is optimal where z >= 0, C v >= 0, and for each task one of the two is zero.
    """
    conflicts = np.flatnonzero(np.any(cosines @ wanted < -ROUNDING * (np.abs(cosines) @ wanted), axis=0))
    moved = wanted.copy()
    if not len(conflicts):
        return moved
    for gradients in resolutions(cosines):
        doubtful = []
        for column in conflicts:
            added, near = gradients.cancel(wanted[:, column])
            weights = moved[:, column] = wanted[:, column] + added
            if not near and not is_zero(float(weights @ cosines @ weights), weights):
                doubtful.append(column)
        if not doubtful:
            break
        conflicts = doubtful
    return moved
