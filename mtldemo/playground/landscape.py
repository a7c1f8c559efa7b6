"""Two tasks in a plane: the toy of the CAGrad and Nash-MTL papers, its starts and its Pareto front. NumPy only.

Its upper half has a steep, curved valley for each task, in which one task's gradient is far longer than the other's;
its lower half is a bowl a task, and between the bottoms of the bowls lie the best compromises.
"""

import math
from dataclasses import dataclass

import numpy as np

Pair = tuple[float, float]

STARTS: tuple[Pair, ...] = ((-8.5, 7.5), (0.0, 0.0), (9.0, 9.0), (-7.5, -0.5), (9.0, -1.0))
"""The five starts of the Nash-MTL paper's figure."""

FLOOR = 5e-6
"""The logarithm of a distance to a valley's floor stops here."""

LIFT = 20.0
"""Added to both losses (times a loss's own scale), so that they are positive everywhere."""

BOTTOMS = (7.0, -7.0)
"""theta_1 at the bottom of each task's bowl."""


@dataclass(frozen=True)
class Landscape:
    r"""Two losses of theta in R^2.

    .. math:: L_k = s_k \big(c_1 f_k + c_2\, q_k + 20\big), \quad c_1 = \max(\tanh(\theta_2 / 2), 0), \quad
        c_2 = \max(-\tanh(\theta_2 / 2), 0)

        f_1 = \ln \max(|\tfrac12 (-\theta_1 - 7) + \tanh \theta_2|, 5 \cdot 10^{-6}) + 6, \quad
        q_1 = \tfrac{1}{10} \big((\theta_1 - 7)^2 + 0.1\, (\theta_2 + 8)^2\big) - 20

        f_2 = \ln \max(|\tfrac12 (-\theta_1 + 3) - \tanh \theta_2 + 2|, 5 \cdot 10^{-6}) + 6, \quad
        q_2 = \tfrac{1}{10} \big((\theta_1 + 7)^2 + 0.1\, (\theta_2 + 8)^2\big) - 20

    ``scale`` is s_1, above 0; s_2 is 1. Papers: Liu et al., Conflict-Averse Gradient Descent for Multi-task Learning,
    NeurIPS 2021 (scale 1); Navon et al., Multi-Task Learning as a Bargaining Game, ICML 2022 (scale 0.1). Departure:
    the 20, which changes no gradient, so that strategies that take a loss's logarithm can walk here, too.
    """

    scale: float = 0.1

    def losses(self, theta: np.ndarray) -> np.ndarray:
        """Points [..., 2] -> both losses [..., 2]."""
        x, y = theta[..., 0], theta[..., 1]
        bend, half = np.tanh(y), np.tanh(0.5 * y)
        valleys = (0.5 * (-x - 7) + bend, 0.5 * (-x + 3) - bend + 2)
        parts = []
        for valley, bottom, scale in zip(valleys, BOTTOMS, (self.scale, 1.0), strict=True):
            steep = np.log(np.maximum(np.abs(valley), FLOOR)) + 6
            bowl = ((x - bottom) ** 2 + 0.1 * (y + 8) ** 2) / 10 - 20
            parts.append(scale * (steep * half.clip(min=0) + bowl * (-half).clip(min=0) + LIFT))
        return np.stack(parts, axis=-1)

    def step(self, x: float, y: float) -> tuple[Pair, tuple[Pair, Pair]]:
        """Both losses and both gradients at one point, in plain floats: a path takes thousands of them."""
        bend, half = math.tanh(y), math.tanh(0.5 * y)
        curve, slope = 1 - bend * bend, 0.5 * (1 - half * half)
        # On the border, where one start is, both halves count, as they did in the papers' code: there torch's clamp let
        # the gradient pass at its bound.
        high, high_slope = (half, slope) if y >= 0 else (0.0, 0.0)
        low, low_slope = (-half, -slope) if y <= 0 else (0.0, 0.0)
        valleys = ((0.5 * (-x - 7) + bend, curve), (0.5 * (-x + 3) - bend + 2, -curve))
        losses, gradients = [], []
        for (valley, along), bottom, scale in zip(valleys, BOTTOMS, (self.scale, 1.0), strict=True):
            near = abs(valley) < FLOOR
            steep = math.log(FLOOR if near else abs(valley)) + 6
            steep_x, steep_y = (0.0, 0.0) if near else (-0.5 / valley, along / valley)
            bowl = ((x - bottom) ** 2 + 0.1 * (y + 8) ** 2) / 10 - 20
            losses.append(scale * (steep * high + bowl * low + LIFT))
            along_x = steep_x * high + 0.2 * (x - bottom) * low
            along_y = steep_y * high + steep * high_slope + 0.02 * (y + 8) * low + bowl * low_slope
            gradients.append((scale * along_x, scale * along_y))
        return (losses[0], losses[1]), (gradients[0], gradients[1])

    def front(self, points: int = 101) -> np.ndarray:
        """The Pareto front as ``points`` points [N, 2], from one task's bottom to the other's: nothing makes one loss
        smaller there without making the other larger."""
        x = np.linspace(BOTTOMS[1], BOTTOMS[0], points)
        low, high = np.full(points, -9.5), np.full(points, -7.5)
        # The two gradients point in opposite directions on the front; along theta_2 their cross product changes sign.
        rises = self._crossed(x, high) > 0
        for _ in range(40):
            middle = (low + high) / 2
            above = (self._crossed(x, middle) > 0) == rises
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return np.column_stack([x, (low + high) / 2])

    def _crossed(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        both = [self.step(*point)[1] for point in zip(x.tolist(), y.tolist(), strict=True)]
        return np.array([first[0] * second[1] - first[1] * second[0] for first, second in both])


def distance(theta: np.ndarray, front: np.ndarray) -> np.ndarray:
    """How far each point [N, 2] is from the nearest of the ``front`` [M, 2]."""
    return np.linalg.norm(theta[:, None] - front[None], axis=2).min(axis=1)
