"""A label that is one of several classes."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mtldemo.tasks.kinds.base import Kind
from mtldemo.tasks.measures import ACCURACY, BALANCED_ACCURACY, MACRO_F1, Measure

if TYPE_CHECKING:
    from mtldemo.tasks.task import Task

MOST_CLASSES = 1000
"""Classes of one task: a confusion matrix of them has a million cells."""


class Classes(Kind):
    """One of three or more classes. Labels and answers are their indices in ``Task.classes``."""

    name = "classes"
    title = "one of several classes"
    losses = ("cross_entropy",)
    measure = "accuracy"

    def measures(self, task: "Task") -> tuple[Measure, ...]:
        """Accuracy, balanced accuracy (the mean recall) and macro F1."""
        return (ACCURACY, BALANCED_ACCURACY, MACRO_F1)

    def score(self, task: "Task", guess: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
        """Shares from 0 to 1, and ``confusion``: rows of counts, a row for each true class."""
        known = np.isfinite(guess)
        count, guess, truth = len(task.classes), guess[known].astype(np.int64), truth[known].astype(np.int64)
        return _scored(count, guess, truth, whole=bool(known.all()))

    def guessing_error(self, labels: np.ndarray) -> float:
        """The share of pictures outside the most frequent class."""
        return 1 - float(np.bincount(labels.astype(np.int64)).max() / len(labels)) if len(labels) else 0.0

    def why_not(self, task: "Task") -> str:
        """Two classes are the kind ``binary``."""
        if not 3 <= len(task.classes) <= MOST_CLASSES:
            return f"its classes must be 3 to {MOST_CLASSES}, found {len(task.classes)}"
        return "a class is there twice" if len(set(task.classes)) < len(task.classes) else ""


def _scored(count: int, guess: np.ndarray, truth: np.ndarray, *, whole: bool) -> dict[str, Any]:
    if len(truth) and not (min(guess.min(), truth.min()) >= 0 and max(guess.max(), truth.max()) < count):
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
    # What is left where a guess is no number would be a choice of the pictures; the matrix counts the others.
    return {**(numbers if whole else dict.fromkeys(numbers, float("nan"))), "confusion": confusion.tolist()}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
