"""How good predictions are, in NumPy: the numbers that an epoch records for each task."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mtldemo.tasks.task import Task, kind_of


def score(task: Task, predicted: ArrayLike, target: ArrayLike, present: ArrayLike | None = None) -> dict[str, Any]:
    """Metrics of ``predicted`` [N] (values, or class indices) against labels ``target`` [N], of the pictures that are
    ``present`` [N] (bool; by default all): those that have a label.

    Regression: ``mae`` in the task's unit, and the share within its tolerance. Classes: ``accuracy``,
    ``balanced_accuracy``, ``macro_f1`` and ``confusion`` (a list of rows of counts, rows are the true classes). Shares
    are 0 to 1. Where no picture has a label the numbers are NaN and the confusion matrix is zero. Where a prediction
    isn't finite the numbers are NaN, too: what is left would be a choice of the pictures; the matrix counts the others.

    Raises ``ValueError`` where the lengths differ or a class index is out of range.
    """
    guess, truth = np.asarray(predicted, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if guess.ndim != 1 or guess.shape != truth.shape:
        raise ValueError(f"{task.name}: expected as many predictions as labels, found {guess.shape} and {truth.shape}")
    there = np.ones(len(truth), dtype=bool) if present is None else np.asarray(present, dtype=bool)
    return kind_of(task).score(task, guess[there], truth[there])
