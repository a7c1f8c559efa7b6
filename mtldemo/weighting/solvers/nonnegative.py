"""Non-negative least squares over unit gradients: what the solvers of nearest points have in common.

Lawson and Hanson's active set adds one gradient at a time to those in use and drops what would be negative: it ends
after about as many steps as gradients are used, for 3 tasks as for 40, where looking at every set of K takes 2^K.
"""

import numpy as np
from scipy.optimize import nnls

SPREAD = 1e-6
"""Length of a direction of its own that each unit gradient gets. Of many solutions, as identical gradients have them,
the one with the smallest squares is found, whatever the order of the tasks; a single one moves by 1e-12."""


SINGULAR = 1e-13
"""An eigenvalue of cosines below this share of their number is zero: else rounding would choose among solutions."""


class UnitGradients:
    """Vectors [M, M] (columns) with the ``cosines`` [M, M], and ``SPREAD`` of a direction of their own."""

    def __init__(self, cosines: np.ndarray) -> None:
        values, self._vectors = np.linalg.eigh(cosines)
        self._values = np.where(values > SINGULAR * len(cosines), values, 0.0)
        self._lengths = np.sqrt(self._values + SPREAD**2)
        self._factor = self._lengths[:, None] * self._vectors.T
        self._steps = 50 + 20 * len(cosines)

    def cancel(self, vector: np.ndarray) -> np.ndarray:
        """The z [M] >= 0 for which z and ``vector`` [M], as weights of the unit gradients, give the shortest sum."""
        aim = -(self._values / self._lengths) * (vector @ self._vectors)
        return nnls(self._factor, aim, maxiter=self._steps)[0]

    def shortest(self, levels: np.ndarray) -> tuple[np.ndarray, float]:
        """The z [M] >= 0 with the least |A z|^2 + (1 - h.z)^2, h the ``levels`` [M], and its 1 - h.z.

        Divided by h.z it is the shortest combination with h.y = 1; divided by 1 - h.z (Lawson and Hanson's least
        distance programming) the shortest whose products with the unit gradients are at least h. None is where 1 - h.z
        is zero.
        """
        aim = np.zeros(len(levels) + 1)
        aim[-1] = 1
        z, _ = nnls(np.concatenate([self._factor, levels[None]]), aim, maxiter=self._steps)
        return z, float(1 - levels @ z)


def inverse(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pseudoinverse of a block of cosines [S, S], and the projection [S, S] on what the block maps to zero."""
    values, vectors = np.linalg.eigh(block)
    zero = values <= SINGULAR * len(block)
    return (vectors * np.where(zero, 0.0, 1 / np.where(zero, 1.0, values))) @ vectors.T, (vectors * zero) @ vectors.T
