"""All faces of a small problem: whatever its solution leaves at zero, the rest solves plain linear equations.

With K tasks there are 2^K - 1 non-empty faces, so that K up to 10 is solved by looking at them all, a size at a time.
The face whose point violates the optimality conditions least is the solution's.
"""

from functools import cache
from itertools import combinations

import numpy as np

TIE = 1e-12
"""Violations below this are alike: rounding."""
SINGULAR = 1e-13
"""An eigenvalue of a block of cosines below this share of its size is zero."""


@cache
def faces(count: int) -> tuple[np.ndarray, ...]:
    """The sets of 1, 2, ... ``count`` of the tasks, as arrays [sets, size] of their places."""
    return tuple(np.array(list(combinations(range(count), size))) for size in range(1, count + 1))


class Blocks:
    """The blocks of ``cosines`` [K, K] that belong to the sets ``places`` [F, S], taken apart once."""

    def __init__(self, cosines: np.ndarray, places: np.ndarray) -> None:
        self.places = places
        self._count = len(cosines)
        self._values, self._vectors = np.linalg.eigh(cosines[places[:, :, None], places[:, None, :]])
        self._null = self._values <= SINGULAR * places.shape[1]

    def solve(self, right: np.ndarray) -> np.ndarray:
        """The shortest x [F, S, C] with block x = ``right`` [F, S, C], or as near as a singular block lets it."""
        return self._apply(np.where(self._null, 0.0, 1 / np.where(self._null, 1.0, self._values)), right)

    def null(self, right: np.ndarray) -> np.ndarray:
        """The part [F, S, C] of ``right`` [F, S, C] that a singular block maps to zero; zero for a regular one."""
        return self._apply(self._null.astype(float), right)

    def singular(self) -> bool:
        """Whether any block is singular."""
        return bool(self._null.any())

    def spread(self, values: np.ndarray) -> np.ndarray:
        """``values`` [F, S, C] at their tasks' places, and zeros elsewhere: [F, K, C]."""
        whole = np.zeros((len(self.places), self._count, values.shape[2]))
        np.put_along_axis(whole, self.places[:, :, None], values, axis=1)
        return whole

    def inside(self) -> np.ndarray:
        """Which tasks belong to each set: booleans [F, K, 1]."""
        return self.spread(np.ones((*self.places.shape, 1))) > 0

    def _apply(self, factors: np.ndarray, right: np.ndarray) -> np.ndarray:
        turned = np.swapaxes(self._vectors, 1, 2) @ right
        return self._vectors @ (factors[:, :, None] * turned)


def violation(values: np.ndarray, slack: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """How far [F, C] points are from optimal: ``values`` [F, K, C] must not be negative, nor ``slack`` [F, K, C], which
    must be zero ``inside`` [F, K, 1] the face. At least ``TIE``, so that of faces with one solution the first is taken
    and not one by lot. NaN counts as infinitely far."""
    wrong = np.maximum(np.where(inside, np.abs(slack), -slack), -values).max(axis=1)
    return np.where(np.isnan(wrong), np.inf, np.maximum(wrong, TIE))
