"""A label that is a number, such as an age or a price."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mtldemo.tasks.kinds.base import Kind, no_figures
from mtldemo.tasks.measures import Measure, mean_absolute_error, share_measure

if TYPE_CHECKING:
    from mtldemo.tasks.task import Task


class Regression(Kind):
    """Numbers within a range. Labels are any finite numbers, negative ones too; answers are kept within the range.

    ``distribution`` learns a probability for each of ``Task.bins`` parts of the range, and answers their median.
    """

    name = "regression"
    title = "a number"
    losses = ("l1", "mse", "huber", "distribution")
    measure = "mae"

    def measures(self, task: "Task") -> tuple[Measure, ...]:
        """The mean absolute error, and the share of answers within ``Task.tolerance`` of their label."""
        return (mean_absolute_error(task.unit, task.high - task.low), within(task))

    def score(self, task: "Task", guess: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
        """``mae`` in the task's unit and the share within the tolerance, 0 to 1."""
        error = np.abs(guess - truth)
        if not len(truth) or not np.isfinite(error).all():
            return no_figures(self.measures(task))
        return {"mae": float(error.mean()), within(task).name: float((error <= task.tolerance).mean())}

    def guessing_error(self, labels: np.ndarray) -> float:
        """The mean absolute deviation from the median."""
        return float(np.abs(labels - np.median(labels)).mean()) if len(labels) else 0.0

    def why_not(self, task: "Task") -> str:
        """The range must be finite and wider than nothing."""
        if not (math.isfinite(task.low) and math.isfinite(task.high) and task.low < task.high):
            return f"its range must go from a number to a larger one, found {task.low:g} to {task.high:g}"
        if not 2 <= task.bins <= MOST_BINS:
            return f"its bins must be 2 to {MOST_BINS}, found {task.bins}"
        return ""


MOST_BINS = 1000
"""Parts of a range that a distribution is learned over."""


def within(task: "Task") -> Measure:
    """The share of answers within ``task.tolerance`` of their label, called as it is by those who use it: CS@5 for
    five years (Geng et al., Facial Age Estimation, PAMI 2007)."""
    amount = f"{task.tolerance:,.10g} {task.unit}".rstrip()
    name = f"cs{task.tolerance:g}" if task.unit == "years" else "within"
    return share_measure(name, f"within {amount}")
