"""Linear systems with the cosines between gradients."""

import numpy as np

from mtldemo.weighting.solvers.cosines import RESOLUTION


def level(cosines: np.ndarray) -> np.ndarray:
    """The shortest v [M] for which every unit gradient has product 1 with the combination by v, C v = 1, or as near as
    dependent gradients let it; zero where they cancel."""
    values, vectors = np.linalg.eigh(cosines)
    inverse = np.where(values > RESOLUTION * len(values), 1 / values.clip(min=RESOLUTION), 0.0)
    return vectors @ (inverse * (vectors.T @ np.ones(len(values))))


def impartial(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """The w [M] with sum 1 whose combination projects equally on all unit gradients: G w proportional to the norms.

    Where such weights would have to be larger than 1e6 to sum to one, which means that the combination points nowhere,
    they are 1/M each. See ``cosines.Rule``.
    """
    weights = level(cosines) * (norms.min() / norms)
    total = weights.sum()
    if abs(total) <= 1e-6 * np.abs(weights).max():
        return np.full(len(norms), 1 / len(norms))
    return weights / total
