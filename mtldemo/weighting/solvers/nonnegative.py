"""Non-negative least squares over unit gradients: what the solvers of nearest points have in common.

Lawson and Hanson's active set adds one gradient at a time to those in use and drops what would be negative: it ends
after about as many steps as gradients are used, for 3 tasks as for 40, where looking at every set of K takes 2^K.
"""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import nnls

SPREADS = (1e-6, 1e-7, 1e-8)
"""Length of a direction of its own that each unit gradient gets. Of many solutions, as identical gradients have them,
the one with the smallest squares is found, whatever the order of the tasks; a single one moves by 1e-12. Where that is
much, as for gradients that nearly cancel, the next length follows, with which rounding has more of a say in the choice
among many."""
SAME = 1e-12
"""Unit gradients whose cosine is nearer to one are identical."""
SINGULAR = 0.1
"""An eigenvalue of cosines below this share of the spread's square is zero: else rounding would choose."""
ROUNDING = 1e-15
"""Of a sum of M products of unit gradients with weights that sum to one, and of its eigenvalues by M: no combination's
square is known better."""
NEAR = 1e-7
"""Products this near to what they should be, as a share of the combination's length, are exact enough."""


class UnitGradients:
    """Vectors [M, M] (columns) with the ``cosines`` [M, M], and ``spread`` of a direction of their own."""

    def __init__(self, cosines: np.ndarray, spread: float) -> None:
        self.cosines = cosines
        self._spread = spread
        self._zero = max(SINGULAR * spread**2, ROUNDING)
        values, self._vectors = np.linalg.eigh(cosines)
        self._values = np.where(values > self._zero * len(cosines), values, 0.0)
        self._repeated = np.count_nonzero(cosines > 1 - SAME) > len(cosines)
        self._lengths = np.sqrt(self._values + spread**2)
        self._factor = self._lengths[:, None] * self._vectors.T
        self._steps = 50 + 20 * len(cosines)

    def cancel(self, vector: np.ndarray) -> tuple[np.ndarray, bool]:
        """The z [M] >= 0 for which z and ``vector`` [M], as weights of the unit gradients, give the shortest sum; and
        whether its products, which the spread moves, are near enough to what they should be: zero where z is above it,
        and not below zero elsewhere."""
        aim = -(self._values / self._lengths) * (vector @ self._vectors)
        z, length = nnls(self._factor, aim, maxiter=self._steps)
        used = z > 0
        if self._repeated and np.count_nonzero(used) > 1:
            # Of what changes nothing, as a shift among identical gradients, only rounding has a part.
            even = z[used] - self.inverse(used)[1] @ z[used]
            z[used] = even if even.min() >= 0 else z[used]
        return z, self.near(z, length)

    def near(self, z: np.ndarray, length: float) -> bool:
        """Whether what the spread moves the products of a combination with a part ``z`` [M] by is little beside the
        ``length`` of the combination."""
        return bool(self._spread**2 * z.max() <= NEAR * length)

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

    def inverse(self, used: np.ndarray | slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """The pseudoinverse of the cosines between the S gradients ``used`` ([M], bool), and the projection [S, S] on
        what they map to zero."""
        block = self.cosines[used][:, used]
        values, vectors = np.linalg.eigh(block)
        zero = values <= self._zero * len(block)
        inverted = np.where(zero, 0.0, 1 / np.where(zero, 1.0, values))
        return (vectors * inverted) @ vectors.T, (vectors * zero) @ vectors.T


def resolutions(cosines: np.ndarray) -> Iterator[UnitGradients]:
    """The unit gradients with each of ``SPREADS``, to be tried in turn until a solution is near enough."""
    return (UnitGradients(cosines, spread) for spread in SPREADS)


def is_zero(square: float, weights: np.ndarray) -> bool:
    """Whether a combination of unit gradients by ``weights`` [M] >= 0 is zero as far as its ``square`` can show."""
    return square <= ROUNDING * float(weights.sum()) ** 2
