"""A regression's range in bands of a round width, for counting and drawing."""

import itertools
import math

import numpy as np

from mtldemo.tasks.task import Task


def bands(task: Task, count: int) -> tuple[np.ndarray, list[str]]:
    """About ``count`` bands of 1, 2 or 5 times a power of ten over the range of ``task`` -> their edges [B + 1], from
    the lowest up, and their names [B], such as ``20-29`` for whole numbers and ``0.2 to 0.4`` for others."""
    width = _round((task.high - task.low) / count)
    if whole(task):
        width = max(width, 1.0)
    first = math.floor(task.low / width)
    last = math.floor(task.high / width) + 1 if whole(task) else math.ceil(round(task.high / width, 9))
    edges = width * np.arange(first, last + 1)
    if whole(task):
        return edges, [f"{edge:.0f}-{edge + width - 1:.0f}" if width > 1 else f"{edge:.0f}" for edge in edges[:-1]]
    return edges, [f"{low:,.10g} to {high:,.10g}" for low, high in itertools.pairwise(edges)]


def lower_edges(task: Task, labels: np.ndarray, count: int) -> np.ndarray:
    """The lower edges, after the first, of the bands by which a regression's ``labels`` [N] are grouped: the task's own
    ones, else those of ``count`` bands that hold equally many; none without labels."""
    if task.bands or not len(labels):
        return np.array(task.bands)
    return np.unique(np.quantile(labels, np.arange(1, count) / count))


def whole(task: Task) -> bool:
    """Whether its labels are taken for whole numbers: its distribution has one bin for each."""
    return task.high - task.low == task.bins - 1


def _round(width: float) -> float:
    """The number nearest to ``width`` by ratio of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(width))
    return min((power * step for step in (1, 2, 5, 10)), key=lambda round_: abs(math.log(round_ / width)))
