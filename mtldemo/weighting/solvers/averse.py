"""The dual problem of conflict-averse gradient descent."""

import numpy as np

from mtldemo.weighting.solvers.nonnegative import UnitGradients, is_zero, resolutions

UNSOLVED = 1e-6
"""Where the length reached is further than this from the one asked for, there is no solution: some combination of
gradients in the simplex is zero."""
TOLERANCE = 1e-11
STEPS = 100


def averse(norms: np.ndarray, cosines: np.ndarray, radius: float) -> np.ndarray:
    """What CAGrad adds to the mean gradient g0, as weights [M]: ``radius`` |g0| / |g_w| w, where w on the simplex has
    the least g_w . g0 + ``radius`` |g0| |g_w|, g_w = sum w_i g_i. Zero where g_w or g0 is zero; see ``cosines.Rule``.

    Written for unit gradients and u = weight x norm / |g0|, it is the u of length u^T C u = ``radius``^2 whose addition
    lifts the worst gain most: q + C u >= nu r, with q the products of the gradients with g0 / |g0| and r = 1 / norm,
    equal where u > 0. For a given nu the shortest such u is one problem of non-negative least squares; its length grows
    with nu. On the gradients in use the length is a quadratic in nu, whose larger root is Newton's next nu: exact as
    soon as the gradients in use are the solution's.
    """
    mean = norms / len(norms)
    length = np.sqrt(max(float(mean @ cosines @ mean), 0.0))
    if radius == 0 or length <= 1e-8 * mean.max():
        return np.zeros(len(norms))
    products, ratio = cosines @ (mean / length), norms.min() / norms
    added = np.zeros(len(norms))
    for gradients in resolutions(cosines):
        added, solved = _lift(gradients, ratio, products, radius)
        # Whatever is shorter than its square can show is zero: no leaning has its direction.
        if not solved or is_zero(radius**2, added):
            return np.zeros(len(norms))
        if gradients.near(added, radius):
            break
    return added * length / norms


def _lift(gradients: UnitGradients, ratio: np.ndarray, products: np.ndarray, radius: float) -> tuple[np.ndarray, bool]:
    """The u [M] >= 0 of length ``radius`` that lifts the worst gain most, and whether there is one."""
    cosines, count = gradients.cosines, len(ratio)
    # Up to the lowest nothing need be added; no task gains more than |g0| and the addition together.
    low, high = float((products / ratio).min()), float(((1 + radius) / ratio).min())
    nu, _ = _exact(gradients.inverse()[0], ratio, products, radius)
    added, size = np.zeros(count), 0.0
    for _ in range(STEPS):
        if not low < nu < high:
            nu = (low + high) / 2
        z, gap = gradients.shortest(nu * ratio - products)
        if gap <= TOLERANCE:
            high = nu
        else:
            added = z / gap
            size = np.sqrt(max(float(added @ cosines @ added), 0.0))
            low, high = (nu, high) if size < radius else (low, nu)
        used = z > 0
        done = abs(size - radius) <= TOLERANCE * radius or high - low <= 1e-15 * max(abs(low), abs(high))
        if used.any():
            nu, exact = _exact(gradients.inverse(used)[0], ratio[used], products[used], radius)
            if done and abs(size - radius) <= UNSOLVED * radius and (exact >= 0).all():
                added[used], size = exact, radius
        if done:
            break
    solved = bool(abs(size - radius) <= UNSOLVED * radius)
    return (added * (radius / size) if solved else added), solved


def _exact(inverted: np.ndarray, ratio: np.ndarray, products: np.ndarray, radius: float) -> tuple[float, np.ndarray]:
    """The level nu at which gradients that are all in use reach the length ``radius``, and their u; NaN if none."""
    by_r, by_q = inverted @ ratio, inverted @ products
    a, b, c = ratio @ by_r, ratio @ by_q, products @ by_q - radius**2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        level = float((b + np.sqrt(b * b - a * c)) / a)
        return level, level * by_r - by_q
