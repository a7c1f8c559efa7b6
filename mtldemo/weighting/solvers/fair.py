"""Weights under which each task gains in inverse proportion to a power of its weight: Nash's, and the alpha-fair."""

import numpy as np

from mtldemo.weighting.solvers.cosines import floored

SMALLEST = 1e-8
"""Least eigenvalue of the cosines: gradients that cancel exactly have no solution, and get weights of 1e4 / norm."""
TOLERANCE = 1e-12
ROUNDING = 1e-8
"""A residual above ``TOLERANCE`` and below this is as good as it gets where gains cancel."""
STEPS, STEPS_ON_PATH = 200, 15
LOWEST = -200.0
"""Least logarithm of a weight x norm: tasks that others serve entirely have weights too small for a number."""


def bargain(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """The a [M] > 0 with G a = 1 / a, G the Gramian: Nash's bargain. See ``cosines.Rule``.

    In y = a x norm it is C y = 1 / y, whatever the norms.
    """
    return _bargain(floored(cosines, SMALLEST)) / norms


def fair(norms: np.ndarray, cosines: np.ndarray, power: float) -> np.ndarray:
    """The a [M] > 0 with G a = a^-``power``, G the Gramian. See ``cosines.Rule``.

    In x = log(a x norm), y = e^x, it is r = log C y + p x - (p - 1) log norm = 0. Inside C y > 0 its Jacobian is
    regular, so that one smooth path of solutions leads from the bargain (p = 1) to ``power``: it is followed in steps
    as long as Newton's method takes.
    """
    cosines = floored(cosines, SMALLEST)
    # a is homogeneous in the Gramian, so that only ratios of norms meet the powers.
    unit = np.log(norms).mean()
    logs = np.log(norms) - unit
    x, done, stride = np.log(_bargain(cosines)), 0.0, 1.0
    while done < 1 and stride > 1e-6:
        following = min(done + stride, 1.0)
        found = _follow(x, cosines, logs, 1 + following * (power - 1))
        if found is None:
            stride /= 4
        else:
            x, done, stride = found, following, 2 * stride
    return np.exp(x + unit * (power - 1) / (power + 1)) / norms


def _follow(x: np.ndarray, cosines: np.ndarray, logs: np.ndarray, power: float) -> np.ndarray | None:
    """Newton's method from ``x`` to the solution for ``power``; None where it doesn't get there soon."""
    scale = (power - 1) * logs
    rest, gain = _rest(x, cosines, scale, power)
    for _ in range(STEPS_ON_PATH):
        size = np.abs(rest).max()
        if size < TOLERANCE:
            return x
        slope = cosines * np.exp(x) / gain[:, None]
        slope[np.diag_indices_from(slope)] += power
        step = np.linalg.solve(slope, -rest)
        for length in (1.0, 0.25, 0.0625):
            after = (x + length * step).clip(LOWEST, -LOWEST)
            new_rest, new_gain = _rest(after, cosines, scale, power)
            if np.abs(new_rest).max() < size:
                break
        else:
            # Rounding, or too far away.
            return x if size < ROUNDING else None
        x, rest, gain = after, new_rest, new_gain
    return x if np.abs(rest).max() < ROUNDING else None


def _bargain(cosines: np.ndarray) -> np.ndarray:
    """The y > 0 with C y = 1 / y, where the convex 1/2 y^T C y - sum log y is least.

    Newton's method with the step of self-concordant functions, which converges from everywhere. Each point is first
    stretched along its ray to where y^T C y = M, as it is at the solution.
    """
    count = len(cosines)
    y = np.ones(count)
    for _ in range(STEPS):
        y *= np.sqrt(count / (y @ cosines @ y))
        slope = cosines @ y - 1 / y
        if np.abs(slope * y).max() < TOLERANCE:
            break
        step = np.linalg.solve(cosines + np.diag(y**-2), -slope)
        decrement = np.sqrt(max(-slope @ step, 0.0))
        y = y + step / (1 + decrement if decrement > 0.25 else 1.0)
    return y


def _rest(x: np.ndarray, cosines: np.ndarray, scale: np.ndarray, power: float) -> tuple[np.ndarray, np.ndarray]:
    """What is left of the equations at x, infinite outside the region, and C y."""
    gain = cosines @ np.exp(x)
    if not (gain > 0).all():
        return np.full_like(x, np.inf), gain
    return np.log(gain) + power * x - scale, gain
