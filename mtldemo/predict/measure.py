"""How good a calibrated model is on a held-out split, over all pictures and for each group of them."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtldemo.predict import calibrate
from mtldemo.predict.predictor import Predictor, RawAnswers
from mtldemo.predict.scoring import Truth
from mtldemo.tasks import REGRESSION, Task, metrics
from mtldemo.tasks.bands import lower_edges

ALL = "all"
"""The kind of the group of all pictures; a task may be called so, and comes after it."""
BANDS = 5
"""Bands of the labels of a regression that declares none."""
Z = 1.959964
"""Standard deviations to either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Figure:
    """A measured ``value`` with its 95 % interval, from ``count`` pictures."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Group:
    """Pictures that share a label. ``kind`` is ``ALL`` or the task whose label it is, ``name`` the label: a class, or
    a band of numbers such as ``20-29``. ``figures`` holds by task the key metric (the mean absolute error, or the
    accuracy), ``covered`` by regression the share whose label lies in its interval, where there are intervals."""

    kind: str
    name: str
    count: int
    figures: dict[str, Figure]
    covered: dict[str, Figure]


@dataclass(frozen=True)
class Measured:
    """``metrics`` by task as in an epoch's record; ``groups``, the first of all pictures; ``sure`` by classifying task:
    the share ``answered`` and, of these, ``right``, and the calibration ``error``."""

    split: str
    images: int
    metrics: dict[str, dict[str, Any]]
    groups: tuple[Group, ...]
    sure: dict[str, dict[str, float]]


def measure(predictor: Predictor, raw: Mapping[str, RawAnswers], truths: Mapping[str, Truth], split: str) -> Measured:
    """Score the answers ``raw`` [N] to the pictures of ``split`` against what is known of them, by task. A figure is
    NaN where no picture has the label.

    Raises ``ValueError`` where there aren't as many answers as labels, or a class index is out of range.
    """
    tasks, usage = predictor.tasks, predictor.usage
    scores, errors, covered, sure = {}, {}, {}, {}
    for task in tasks:
        answer, (target, present) = raw[task.name], truths[task.name]
        scores[task.name] = metrics.score(task, answer.values, target, present)
        if task.kind == REGRESSION:
            errors[task.name] = np.where(present, np.abs(answer.values - target), np.nan)
            interval = usage.intervals.get(task.name)
            if interval is not None:
                low, high = calibrate.bounds(interval, task, answer.values, answer.probabilities)
                covered[task.name] = np.where(present, (low <= target) & (target <= high), np.nan)
            continue
        errors[task.name] = np.where(present, answer.values == target, np.nan)
        confidence = usage.confidences.get(task.name)
        if confidence is not None and present.any():
            mended = calibrate.tempered(answer.probabilities[present], confidence.temperature)
            certain = mended.max(axis=1) >= confidence.threshold
            right = mended.argmax(axis=1) == target[present]
            sure[task.name] = {
                "answered": float(certain.mean()),
                "right": float(right[certain].mean()) if certain.any() else 0.0,
                "error": calibrate.calibration_error(mended, target[present].astype(np.int64)),
            }
    groups = tuple(_groups(tasks, truths, errors, covered))
    return Measured(split, len(next(iter(truths.values())).target), scores, groups, sure)


def share_figure(hits: np.ndarray) -> Figure:
    """The share (0 to 1) of ``hits`` bool [N] that are true, with Wilson's 95 % interval, which stays within 0 to 1 for
    few pictures; NaN without any.

    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927.
    """
    count = len(hits)
    if not count:
        return Figure(math.nan, math.nan, math.nan, 0)
    value = float(hits.mean())
    middle = (value + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * math.sqrt(value * (1 - value) / count + Z**2 / (4 * count**2))
    return Figure(value, max(0.0, middle - half), min(1.0, middle + half), count)


def mean(values: np.ndarray) -> Figure:
    """The mean of errors ``values`` [N], in their unit and at least 0, with the 95 % interval of its standard error;
    NaN without any, and without an interval for a single picture."""
    count = len(values)
    if not count:
        return Figure(math.nan, math.nan, math.nan, 0)
    value = float(values.mean())
    if count == 1:
        return Figure(value, math.nan, math.nan, 1)
    half = Z * float(values.std(ddof=1)) / math.sqrt(count)
    return Figure(value, max(0.0, value - half), value + half, count)


def band_names(task: Task, edges: np.ndarray, labels: np.ndarray) -> list[str]:
    """A name for each of the B + 1 bands between ``edges`` [B], ascending, which together hold the task's range and all
    ``labels`` [N], of which there is at least one:
    ``20-29`` for whole numbers from zero on, else ``0.5 to 1.2``, where the upper end belongs to the next band."""
    low, high = float(min(task.low, labels.min())), float(max(task.high, labels.max()))
    ends = [low, *map(float, edges), high]
    pairs = list(itertools.pairwise(ends))
    if low < 0 or not all(end.is_integer() for end in ends) or not bool((labels == np.round(labels)).all()):
        return [_between(*pair) for pair in pairs]
    whole = [*((first, following - 1) for first, following in pairs[:-1]), pairs[-1]]
    return [f"{first:.0f}-{final:.0f}" if first < final else f"{first:.0f}" for first, final in whole]


def _between(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _groups(
    tasks: Sequence[Task],
    truths: Mapping[str, Truth],
    errors: Mapping[str, np.ndarray],
    covered: Mapping[str, np.ndarray],
) -> list[Group]:
    count = len(next(iter(truths.values())).target)
    groups = [_group(ALL, "all", np.ones(count, dtype=bool), tasks, errors, covered)]
    for task in tasks:
        values, known = truths[task.name]
        if not known.any():
            continue
        if task.kind == REGRESSION:
            edges = lower_edges(task, values[known], BANDS)
            codes, names = np.searchsorted(edges, values, side="right"), band_names(task, edges, values[known])
        else:
            codes, names = values, task.classes
        for code in np.unique(codes[known]).astype(int):
            groups.append(_group(task.name, names[code], (codes == code) & known, tasks, errors, covered))
    return groups


def _group(
    kind: str,
    name: str,
    rows: np.ndarray,
    tasks: Sequence[Task],
    errors: Mapping[str, np.ndarray],
    covered: Mapping[str, np.ndarray],
) -> Group:
    figures = {task.name: _figure(errors[task.name], rows, share_figure if task.classes else mean) for task in tasks}
    inside = {task: _figure(values, rows, share_figure) for task, values in covered.items()}
    return Group(kind, name, int(rows.sum()), figures, inside)


def _figure(values: np.ndarray, rows: np.ndarray, figure: Callable[[np.ndarray], Figure]) -> Figure:
    return figure(values[rows & ~np.isnan(values)])
