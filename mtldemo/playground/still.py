"""What a strategy weighs while losses and gradients stay as they are."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtldemo.playground.driver import Driver
from mtldemo.tasks import Task

RATE = 0.01
"""The learning rate: that of the strategy's own parameters is its ``speed`` times this."""


def hold(
    name: str,
    tasks: Sequence[Task],
    losses: Sequence[float],
    gradients: Sequence[Sequence[float]] | None = None,
    *,
    steps: int = 1,
    options: dict[str, Any] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The weights [K] and the direction [2] that the strategy ``name`` applies in the last of ``steps`` (from 1) steps
    at the same K ``losses``, each above zero, and K ``gradients`` of two numbers (none: zeros).

    After each step the losses are told as they would have become: each falls by the product of its gradient and the
    direction, times the rate. Raises ``MtlDemoError`` for an unknown strategy or option.
    """
    rows = [[0.0, 0.0]] * len(tasks) if gradients is None else [list(map(float, row)) for row in gradients]
    driver = Driver(name, tasks, rate=RATE, options=options)
    weights: list[float] = []
    direction: list[float] = []
    for _ in range(steps):
        weights, direction = driver.step(losses, rows)
        driver.after(lambda way=tuple(direction): _fallen(losses, rows, way))
    return np.array(weights), np.array(direction)


def _fallen(losses: Sequence[float], rows: Sequence[Sequence[float]], way: Sequence[float]) -> list[float]:
    falls = (RATE * sum(part * step for part, step in zip(row, way, strict=True)) for row in rows)
    # A loss doesn't fall below zero, however steep its gradient is.
    return [max(loss - fall, 0.01 * loss) for loss, fall in zip(losses, falls, strict=True)]
