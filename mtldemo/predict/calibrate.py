"""From predictions on the validation split to intervals and probabilities that mean what they say.

NumPy only; what is found is plain numbers, kept with the model.
"""

import math
from dataclasses import dataclass

import numpy as np

from mtldemo.tasks import Task

NOMINAL = 0.8
"""Share of people whose labelled age lies in the interval."""
LEAST_ERROR, KNOTS = 0.1, 8
"""Plain regression: the least usual error, in the task's tolerances, and the number of places where it is measured."""
COLDEST, HOTTEST = 0.2, 5.0
BINS = 15
"""Bins of equal count in which confidence and accuracy are compared."""


@dataclass(frozen=True)
class Interval:
    """How a regression's interval is made, fitted on ``count`` pictures to hold the share ``nominal`` of the labels.

    A distribution's is its central part with the probability ``level``. A plain regression's reaches ``widths`` to
    either side where the prediction is ``places``, interpolated between them.
    """

    nominal: float
    count: int
    level: float = 0.0
    places: tuple[float, ...] = ()
    widths: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for numbers from which no interval can be made."""
        if len(self.places) != len(self.widths) or not all(
            map(math.isfinite, (self.level, *self.places, *self.widths))
        ):
            raise ValueError(f"expected finite numbers, and a width for each place, found {self}")


@dataclass(frozen=True)
class Confidence:
    """How a classifier's probabilities are mended, fitted on ``count`` pictures.

    They are sharpened or flattened by ``temperature``; below ``threshold`` the best class is called not sure. At or
    above it were the share ``answered`` of the pictures, of which the share ``right`` was right (0 where none was
    answered); ``accuracy`` is that of all. ``error_before`` and ``error_after`` are the expected calibration error.
    """

    temperature: float
    threshold: float
    count: int
    answered: float
    right: float
    accuracy: float
    error_before: float
    error_after: float

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for numbers by which no probability can be mended."""
        if not (math.isfinite(self.temperature) and self.temperature > 0 and math.isfinite(self.threshold)):
            raise ValueError(f"expected a finite threshold and a temperature above zero, found {self}")


def fit_interval(
    task: Task, values: np.ndarray, probabilities: np.ndarray, target: np.ndarray, present: np.ndarray
) -> Interval | None:
    """Fit from predictions ``values`` [N], ``probabilities`` [N, C] ([N, 0] for plain regression) and labels [N], those
    that are ``present`` [N] (bool).

    Split conformal prediction, so that new pictures of the same kind are covered as often as asked: the score of a
    distribution is how far from its median, in probability, the label lies (Chernozhukov, Wuthrich and Zhu 2021); that
    of a plain regression is the error as a multiple of the usual error near that prediction (Lei et al. 2018).
    None where no picture has a label.
    """
    values, probabilities, target = values[present], probabilities[present], target[present].astype(np.float64)
    count = len(target)
    if not count:
        return None
    if probabilities.shape[1]:
        scores = np.abs(2 * _below(task, probabilities, target) - 1)
        return Interval(NOMINAL, count, level=float(min(_conformal(scores), 1.0)))
    errors = np.abs(values - target)
    groups = np.array_split(np.argsort(values, kind="stable"), min(KNOTS, max(1, count // 25)))
    places = np.array([values[group].mean() for group in groups])
    usual = np.array([max(float(errors[group].mean()), LEAST_ERROR * task.tolerance) for group in groups])
    factor = min(_conformal(errors / np.interp(values, places, usual)), (task.high - task.low) / float(usual.min()))
    return Interval(NOMINAL, count, places=tuple(places.tolist()), widths=tuple((factor * usual).tolist()))


def bounds(
    interval: Interval, task: Task, values: np.ndarray, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The lower and upper ends [N] of the intervals, within the task's range. Imports torch for distributions."""
    if interval.places:
        width = np.interp(values, interval.places, interval.widths)
        return np.clip(values - width, task.low, task.high), np.clip(values + width, task.low, task.high)
    import torch

    from mtldemo.model.heads import quantile

    shares = torch.from_numpy(np.ascontiguousarray(probabilities, dtype=np.float32))
    low, high = (quantile(task, shares, (1 + sign * interval.level) / 2).numpy() for sign in (-1, 1))
    return low, high


def fit_confidence(probabilities: np.ndarray, target: np.ndarray, present: np.ndarray) -> Confidence | None:
    """Fit from ``probabilities`` [N, C] and class labels [N], those that are ``present`` [N] (bool).

    The temperature has the highest likelihood (Guo et al., On Calibration of Modern Neural Networks, ICML 2017). The
    threshold is the lowest at which the answers above it have half the errors of all answers. None where no picture
    has a label.
    """
    probabilities, target = probabilities[present].astype(np.float64), target[present].astype(np.int64)
    count = len(target)
    if not count:
        return None
    temperature = _temperature(probabilities, target)
    mended = tempered(probabilities, temperature)
    sure, right = mended.max(axis=1), mended.argmax(axis=1) == target
    accuracy = float(right.mean())
    order = np.argsort(-sure, kind="stable")
    running = np.cumsum(right[order]) / np.arange(1, count + 1)
    enough = np.flatnonzero(running >= 1 - (1 - accuracy) / 2)
    answered = int(enough[-1]) + 1 if len(enough) else 0
    threshold = float(sure[order[answered - 1]]) if answered else 1.0
    return Confidence(
        temperature=temperature,
        # A model that is always right in validation still isn't sure of a coin's toss.
        threshold=max(threshold, 1 / probabilities.shape[1]),
        count=count,
        answered=answered / count,
        right=float(running[answered - 1]) if answered else 0.0,
        accuracy=accuracy,
        error_before=calibration_error(probabilities, target),
        error_after=calibration_error(mended, target),
    )


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities [N, C] as if the outputs before the softmax had been divided by ``temperature``."""
    logs = np.log(np.maximum(probabilities, 1e-12)) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def calibration_error(probabilities: np.ndarray, target: np.ndarray) -> float:
    """The expected calibration error, 0 to 1, of ``probabilities`` [N, C] for the class indices ``target`` [N] (int), N
    at least 1: the mean gap between confidence and accuracy over bins of equal count.

    Nguyen and O'Connor, Posterior Calibration and Exploratory Analysis for Natural Language Processing Models, EMNLP
    2015, for bins of equal count; Guo et al., On Calibration of Modern Neural Networks, ICML 2017, for the error.
    """
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == target
    bins = np.array_split(np.argsort(sure, kind="stable"), min(BINS, len(sure)))
    return float(sum(len(part) * abs(sure[part].mean() - right[part].mean()) for part in bins) / len(sure))


def covered(low: np.ndarray, high: np.ndarray, target: np.ndarray) -> float:
    """Share of the labels ``target`` [N] that lie in their interval, ends included; NaN without any."""
    inside = (low <= target) & (target <= high)
    return float(inside.mean()) if len(inside) else math.nan


def _conformal(scores: np.ndarray) -> float:
    """The score that a new one stays at or below with probability ``NOMINAL``; infinite for too few to say."""
    rank = math.ceil((len(scores) + 1) * NOMINAL)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else math.inf


def _below(task: Task, probabilities: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Probability [N] below each label, a bin's own spread evenly over it as ``heads.quantile`` does."""
    width = (task.high - task.low) / (probabilities.shape[1] - 1)
    positions = np.clip((target - task.low) / width + 0.5, 0, probabilities.shape[1])
    index = np.minimum(positions.astype(np.int64), probabilities.shape[1] - 1)
    rows = np.arange(len(target))
    cumulated = probabilities.astype(np.float64).cumsum(axis=1)
    inside = probabilities[rows, index]
    return (cumulated[rows, index] - inside * (1 - (positions - index))) / cumulated[:, -1]


def _temperature(probabilities: np.ndarray, target: np.ndarray) -> float:
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(target))

    def surprise(log_temperature: float) -> float:
        mended = tempered(probabilities, math.exp(log_temperature))
        return float(-np.log(np.maximum(mended[rows, target], 1e-12)).mean())

    minimum = minimize_scalar(surprise, bounds=(math.log(COLDEST), math.log(HOTTEST)), method="bounded")
    return math.exp(float(minimum.x))  # type: ignore[attr-defined]
