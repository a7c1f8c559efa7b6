"""The path of a strategy through the landscape, from a start to where it settles.

The papers take Adam with rate 0.001 for 35,000 steps (Nash-MTL) or more. Here time runs ``FASTER``: the rate is so many
times higher and Adam's memory so many times shorter. Equal weights, MGDA, PCGrad, CAGrad and Nash-MTL then reach the
front from the same of the five starts as in 35,000 steps. Strategies that learn their weights are coarser: uncertainty
weighting leaves the valleys from more starts than there.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtldemo.playground.driver import Driver
from mtldemo.playground.landscape import Landscape, Pair, distance
from mtldemo.tasks import REGRESSION, Task

FASTER = 50
RATE = 0.001 * FASTER
MEMORY = 1 - (1 - 0.999) * FASTER
"""Adam's decay of the squared gradient. That of the gradient, 0.9, would be below zero: there is no momentum."""
STEPS = 35_000 // FASTER
LOOK, SETTLED = 50, 0.4
"""A path ends early when it has moved by less than ``SETTLED`` over the last ``LOOK`` steps: it has settled, or it
creeps along a valley's floor, where the papers' 35,000 steps run out, too."""
ARRIVED = 0.5
"""So near to the Pareto front a path has reached it."""

TOY_TASKS = tuple(
    Task(f"task_{number}", f"Task {number}", REGRESSION, ("l1",), "l1", "mae", low=0, high=40) for number in (1, 2)
)


@dataclass(frozen=True)
class Descent:
    """``points`` and ``losses`` [T + 1, 2], from the start to the end of T steps; ``weights`` [T, 2] as applied."""

    points: np.ndarray
    losses: np.ndarray
    weights: np.ndarray

    def arrived(self, front: np.ndarray) -> bool:
        """Whether the path ends on the ``front`` [N, 2]."""
        return bool(distance(self.points[-1:], front)[0] < ARRIVED)


def descend(name: str, landscape: Landscape, start: Pair, *, options: dict[str, Any] | None = None) -> Descent:
    """Walk from ``start`` with the strategy ``name``; raises ``MtlDemoError`` for an unknown strategy or option."""
    driver = Driver(name, TOY_TASKS, rate=RATE, options=options)
    x, y = start
    square_x = square_y = 0.0
    points, weights = [start], []
    for number in range(1, STEPS + 1):
        losses, gradients = landscape.step(x, y)
        applied, (along_x, along_y) = driver.step(losses, gradients)
        if not (math.isfinite(along_x) and math.isfinite(along_y)):
            break
        square_x = MEMORY * square_x + (1 - MEMORY) * along_x**2
        square_y = MEMORY * square_y + (1 - MEMORY) * along_y**2
        warm = 1 - MEMORY**number
        x -= RATE * along_x / (math.sqrt(square_x / warm) + 1e-8)
        y -= RATE * along_y / (math.sqrt(square_y / warm) + 1e-8)
        driver.after(lambda point=(x, y): landscape.step(*point)[0])
        points.append((x, y))
        weights.append(applied)
        if number % LOOK == 0 and math.dist(points[-1 - LOOK], (x, y)) < SETTLED:
            break
    walked = np.array(points)
    return Descent(walked, landscape.losses(walked), np.array(weights).reshape(-1, 2))
