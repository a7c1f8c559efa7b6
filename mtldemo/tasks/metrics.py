"""How good predictions are, in NumPy: the numbers that an epoch records for each task."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mtldemo.tasks import REGRESSION, Task

CLOSE = 5.0
"""Years: CS@5, the cumulative score, is the share of pictures whose error is at most this."""


def score(task: Task, predicted: ArrayLike, target: ArrayLike) -> dict[str, Any]:
    """Metrics of ``predicted`` [N] (values, or class indices) against labels ``target`` [N].

    Regression: ``mae`` in the task's unit and ``cs5``. Classes: ``accuracy``, ``balanced_accuracy``, ``macro_f1`` and
    ``confusion`` (a list of rows of counts, rows are the true classes). Shares are 0 to 1. Pictures without a label
    (negative or NaN) are left out; where none has one the numbers are NaN and the confusion matrix is zero. Where a
    prediction isn't finite the numbers are NaN, too: what is left would be a choice of the pictures; the matrix counts
    the others.

    Raises ``ValueError`` where the lengths differ or a class index is out of range.
    """
    guess, truth = np.asarray(predicted, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if guess.ndim != 1 or guess.shape != truth.shape:
        raise ValueError(f"{task.name}: expected as many predictions as labels, found {guess.shape} and {truth.shape}")
    there = truth >= 0
    guess, truth = guess[there], truth[there]
    if task.kind == REGRESSION:
        return _regression(guess, truth)
    known = np.isfinite(guess)
    return _classes(
        len(task.classes), guess[known].astype(np.int64), truth[known].astype(np.int64), whole=bool(known.all())
    )


def _regression(guess: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    if not len(truth):
        return {"mae": float("nan"), "cs5": float("nan")}
    error = np.abs(guess - truth)
    if not np.isfinite(error).all():
        return {"mae": float("nan"), "cs5": float("nan")}
    return {"mae": float(error.mean()), "cs5": float((error <= CLOSE).mean())}


def _classes(count: int, guess: np.ndarray, truth: np.ndarray, *, whole: bool) -> dict[str, Any]:
    if len(truth) and not (guess.min() >= 0 and max(guess.max(), truth.max()) < count):
        raise ValueError(f"expected class indices from 0 to {count - 1}, found others")
    confusion = np.bincount(truth * count + guess, minlength=count * count).reshape(count, count)
    hits, true, named = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    # A class that no label has doesn't count for the mean recall; one that occurs on neither side not for F1 either.
    with np.errstate(invalid="ignore", divide="ignore"):
        recall, f1 = hits / true, 2 * hits / (true + named)
    numbers = {
        "accuracy": float(hits.sum() / len(truth)) if len(truth) else float("nan"),
        "balanced_accuracy": _mean(recall[true > 0]),
        "macro_f1": _mean(f1[true + named > 0]),
    }
    return {**(numbers if whole else dict.fromkeys(numbers, float("nan"))), "confusion": confusion.tolist()}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
