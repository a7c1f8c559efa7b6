"""The runs of a comparison, grouped into arms: one x axis for all, the mean over an arm's seeds, the band around it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mtldemo.charts.words import diverged_share
from mtldemo.records.frame import RunFrame

BandKind = Literal["range", "interval"]
Curve = tuple[np.ndarray, np.ndarray]
"""x and y [N], x ascending; gaps are ``nan``."""
BANDS: dict[BandKind, str] = {"range": "lowest to highest seed", "interval": "95 % interval of the mean"}
POINTS = 2000
"""Drawn in a panel, over all its arms."""
FEWEST, MOST = 100, 160
"""Points of one arm's curve, whatever the number of arms."""


@dataclass(frozen=True)
class ArmRun:
    """One run of a comparison: the arm it belongs to, its seed where it is known, and its records.

    ``name`` is the run's own, for whoever follows a chart to it. Where it ``diverged`` its records end in the middle,
    with numbers that are no result.
    """

    arm: str
    seed: int | None
    frame: RunFrame
    name: str = ""
    diverged: bool = False


@dataclass(frozen=True)
class Band:
    """An arm's seeds at the places ``x`` [M]: their ``mean``, the ``low`` and ``high`` edge [M] (``nan`` where fewer
    than two seeds are there), and how many seeds there are."""

    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: int

    @property
    def end(self) -> tuple[float, float]:
        """x and mean of the last known place; ``nan`` twice where nothing is known."""
        known = np.flatnonzero(np.isfinite(self.mean))
        return (float(self.x[known[-1]]), float(self.mean[known[-1]])) if len(known) else (np.nan, np.nan)


def grouped(runs: Iterable[ArmRun]) -> dict[str, list[ArmRun]]:
    """The runs by arm, both in the order they come."""
    arms: dict[str, list[ArmRun]] = {}
    for run in runs:
        arms.setdefault(run.arm, []).append(run)
    return arms


def arm_bands(
    runs: Sequence[ArmRun], curve: Callable[[RunFrame], Curve], spread: BandKind = "range"
) -> dict[str, Band]:
    """What ``curve`` takes from each run, joined into one band an arm; all arms stand on the same places along x.

    A curve isn't drawn on beyond its end: where a seed has stopped, the mean is that of the others. Arms without a
    number are left out.
    """
    arms = {
        arm: [drawn for run in members if len((drawn := _known(curve(run.frame)))[0])]
        for arm, members in grouped(runs).items()
    }
    arms = {arm: curves for arm, curves in arms.items() if curves}
    if not arms:
        return {}
    x = _x_of_bands([x for curves in arms.values() for x, _ in curves], len(arms))
    return {arm: _band(x, curves, spread) for arm, curves in arms.items()}


def diverged_arms(runs: Iterable[ArmRun]) -> dict[str, str]:
    """The arms with seeds that diverged, and how many of them: ``1 of 2 seeds diverged``."""
    counts = {arm: (sum(run.diverged for run in members), len(members)) for arm, members in grouped(runs).items()}
    return {arm: diverged_share(*count) for arm, count in counts.items() if count[0]}


def _known(curve: Curve) -> Curve:
    x, y = curve
    known = np.isfinite(x) & np.isfinite(y)
    return x[known], y[known]


def _x_of_bands(parts: list[np.ndarray], arms: int) -> np.ndarray:
    """The x of all curves where those are few (such as epochs), else equal steps across them."""
    points = int(np.clip(POINTS // arms, FEWEST, MOST))
    every = np.unique(np.concatenate([part if len(part) <= points else part[[0, -1]] for part in parts]))
    if len(every) <= points and all(len(part) <= points for part in parts):
        return every
    return np.linspace(every[0], every[-1], points)


def _band(x: np.ndarray, curves: list[Curve], spread: BandKind) -> Band:
    values = np.stack([_at(x, *curve) for curve in curves])
    count = np.isfinite(values).sum(axis=0)
    filled = np.where(np.isfinite(values), values, 0.0)
    mean = np.divide(filled.sum(axis=0), count, out=np.full(len(x), np.nan), where=count > 0)
    several = count > 1
    if spread == "range":
        low = np.where(several, np.where(np.isfinite(values), values, np.inf).min(axis=0), np.nan)
        high = np.where(several, np.where(np.isfinite(values), values, -np.inf).max(axis=0), np.nan)
        return Band(x, mean, low, high, len(curves))
    squares = np.where(np.isfinite(values), (values - mean) ** 2, 0.0).sum(axis=0)
    free = np.maximum(count - 1, 1)
    half = np.where(several, _quantile(free) * np.sqrt(squares / free / np.maximum(count, 1)), np.nan)
    return Band(x, mean, mean - half, mean + half, len(curves))


def _at(x_drawn: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The curve at ``x_drawn`` [M]: between its points where it has few, else the mean of each place's stretch."""
    if len(x) <= 2 * len(x_drawn):
        return np.interp(x_drawn, x, y, left=np.nan, right=np.nan)
    half = (x_drawn[1] - x_drawn[0]) / 2
    sums = np.concatenate([[0.0], np.cumsum(y)])
    start, end = np.searchsorted(x, x_drawn - half), np.searchsorted(x, x_drawn + half)
    count = end - start
    return np.divide(sums[end] - sums[start], count, out=np.full(len(x_drawn), np.nan), where=count > 0)


def _quantile(free: np.ndarray) -> np.ndarray:
    """The 97.5 % quantile of Student's t with so many degrees of freedom."""
    # Imported here: it takes longer than a chart, and most are drawn without it.
    from scipy.special import stdtrit

    levels = np.unique(free)
    return np.asarray(stdtrit(levels, 0.975))[np.searchsorted(levels, free)]
