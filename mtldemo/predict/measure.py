"""How good a calibrated model is on a held-out split, for everybody and for each group of people."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtldemo.predict import calibrate
from mtldemo.predict.predictor import Predictor, Raw
from mtldemo.predict.scoring import Truth
from mtldemo.tasks import REGRESSION, Task, metrics

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
    """People who share a label. ``kind`` is ``all``, ``age``, ``gender`` or ``ethnicity``, ``name`` the label (a decade
    such as ``20-29``). ``figures`` holds by task the key metric (the mean absolute error, or the accuracy), and under
    ``covered`` the share whose age lies in its interval."""

    kind: str
    name: str
    count: int
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Measured:
    """``metrics`` by task as in an epoch's record; ``groups``, the first of all pictures; ``sure`` by classifying task:
    the share ``answered`` and, of these, ``right``, and the calibration ``error``."""

    split: str
    images: int
    metrics: dict[str, dict[str, Any]]
    groups: tuple[Group, ...]
    sure: dict[str, dict[str, float]]


def measure(predictor: Predictor, raw: Mapping[str, Raw], truths: Mapping[str, Truth], split: str) -> Measured:
    """Score the answers ``raw`` to the pictures of ``split`` against what is known of them, by task."""
    tasks, usage = predictor.tasks, predictor.usage
    scores, errors, sure = {}, {}, {}
    for task in tasks:
        answer, (target, there) = raw[task.name], truths[task.name]
        scores[task.name] = metrics.score(task, answer.values, target, there)
        if task.kind == REGRESSION:
            errors[task.name] = np.where(there, np.abs(answer.values - target), np.nan)
            interval = usage.intervals.get(task.name)
            if interval is not None:
                low, high = calibrate.bounds(interval, task, answer.values, answer.probabilities)
                errors["covered"] = np.where(there, (low <= target) & (target <= high), np.nan)
            continue
        errors[task.name] = np.where(there, answer.values == target, np.nan)
        confidence = usage.confidences.get(task.name)
        if confidence is not None and there.any():
            mended = calibrate.tempered(answer.probabilities[there], confidence.temperature)
            certain = mended.max(axis=1) >= confidence.threshold
            right = mended.argmax(axis=1) == target[there]
            sure[task.name] = {
                "answered": float(certain.mean()),
                "right": float(right[certain].mean()) if certain.any() else 0.0,
                "error": calibrate.calibration_error(mended, target[there].astype(np.int64)),
            }
    return Measured(split, len(next(iter(truths.values())).target), scores, tuple(_groups(tasks, truths, errors)), sure)


def share(hits: np.ndarray) -> Figure:
    """A share with Wilson's interval, which stays within 0 to 1 for few pictures."""
    count = len(hits)
    if not count:
        return Figure(math.nan, math.nan, math.nan, 0)
    value = float(hits.mean())
    middle = (value + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * math.sqrt(value * (1 - value) / count + Z**2 / (4 * count**2))
    return Figure(value, max(0.0, middle - half), min(1.0, middle + half), count)


def mean(values: np.ndarray) -> Figure:
    """A mean with the interval of its standard error; without an interval for a single picture."""
    count = len(values)
    if not count:
        return Figure(math.nan, math.nan, math.nan, 0)
    value = float(values.mean())
    if count == 1:
        return Figure(value, math.nan, math.nan, 1)
    half = Z * float(values.std(ddof=1)) / math.sqrt(count)
    return Figure(value, max(0.0, value - half), value + half, count)


def _groups(tasks: Sequence[Task], truths: Mapping[str, Truth], errors: Mapping[str, np.ndarray]) -> list[Group]:
    count = len(next(iter(truths.values())).target)
    groups = [_group("all", "all", np.ones(count, dtype=bool), tasks, errors)]
    for name, (values, present) in truths.items():
        task = next(task for task in tasks if task.name == name)
        if task.kind == REGRESSION:
            codes, title = np.floor(values / 10), _decade
        else:
            codes, title = values, _class_of(task)
        for code in np.unique(codes[present]):
            groups.append(_group(name, title(int(code)), (codes == code) & present, tasks, errors))
    return groups


def _group(kind: str, name: str, rows: np.ndarray, tasks: Sequence[Task], errors: Mapping[str, np.ndarray]) -> Group:
    regressions = {task.name for task in tasks if task.kind == REGRESSION}
    figures = {}
    for key, values in errors.items():
        known = values[rows & ~np.isnan(values)]
        figures[key] = mean(known) if key in regressions else share(known)
    return Group(kind, name, int(rows.sum()), figures)


def _decade(code: int) -> str:
    return f"{10 * code}-{10 * code + 9}"


def _class_of(task: Task) -> Callable[[int], str]:
    return lambda code: task.classes[code]
