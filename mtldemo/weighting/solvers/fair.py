"""Weights under which each task gains in inverse proportion to a power of its weight: Nash's, and the alpha-fair."""

import numpy as np

from mtldemo.weighting.solvers.cosines import floored

SMALLEST = 1e-8
"""Least eigenvalue of the cosines: gradients that cancel exactly have no solution, and get weights of 1e4 / norm."""
TOLERANCE = 1e-12
ROUNDING = 1e-7
"""Where gains nearly cancel, their sum is no better known than this."""
STEPS = 200
NEAR = 0.25
"""Decrement of a self-concordant function below which full Newton steps converge quadratically."""
STRIDE = 2.0
SMALLEST_SHARE = 1e-100
"""Least weight x norm, and gain: tasks that others serve entirely need next to none."""


def bargain(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """The a [M] > 0 with G a = 1 / a, G the Gramian: Nash's bargain. See ``cosines.Rule``.

    In y = a x norm it is C y = 1 / y, whatever the norms.
    """
    return _bargain(floored(cosines, SMALLEST)) / norms


def fair(norms: np.ndarray, cosines: np.ndarray, power: float) -> np.ndarray:
    """The a [M] > 0 with G a = a^-``power``, G the Gramian. See ``cosines.Rule``.

    In y = a x norm and the gains z = C y it is log z + p log y = (p - 1) log norm. As in an interior-point method both
    are kept above zero and moved together by Newton's method, from the bargain (p = 1) on, towards a right side that is
    at most ``STRIDE`` away: a way along which every linear system is positive definite.
    """
    cosines = floored(cosines, SMALLEST)
    # a is homogeneous in the Gramian, so that only ratios of norms meet the powers.
    unit = np.log(norms).mean()
    aim = (power - 1) * (np.log(norms) - unit)
    y = _bargain(cosines)
    z = 1 / y
    for _ in range(STEPS):
        missing = aim - np.log(z) - power * np.log(y)
        gap = z - cosines @ y
        if np.abs(missing).max() < TOLERANCE and np.abs(gap / z).max() < ROUNDING:
            break
        slope = cosines + np.diag(power * z / y)
        up = np.linalg.solve(slope, z * missing.clip(-STRIDE, STRIDE) + gap)
        gain = cosines @ up - gap
        length = min(1.0, 0.9 / max(-(up / y).min(), -(gain / z).min(), 1e-300))
        y, z = (y + length * up).clip(min=SMALLEST_SHARE), (z + length * gain).clip(min=SMALLEST_SHARE)
    return y * np.exp(unit * (power - 1) / (power + 1)) / norms


def _bargain(cosines: np.ndarray) -> np.ndarray:
    """The y > 0 with C y = 1 / y, where the convex 1/2 y^T C y - sum log y is least.

    Newton's method with the step of self-concordant functions, which converges from everywhere. Each point is first
    stretched along its ray to where y^T C y = M, as it is at the solution. Near the solution each step at least halves
    what is missing; where it doesn't, gradients nearly cancel and the rest is rounding.
    """
    count = len(cosines)
    y = best = np.ones(count)
    least, near = np.inf, False
    for _ in range(STEPS):
        y = y * np.sqrt(count / (y @ cosines @ y))
        slope = cosines @ y - 1 / y
        missing = np.abs(slope * y).max()
        if near and missing > least / 2:
            return best
        if missing < least:
            best, least = y, missing
        if missing < TOLERANCE:
            break
        step = np.linalg.solve(cosines + np.diag(y**-2), -slope)
        decrement = np.sqrt(max(-slope @ step, 0.0))
        near = decrement <= NEAR
        y = y + step / (1.0 if near else 1 + decrement)
    return best
