"""A difference to the baseline in words, as the forest plot and the map of differences say it on hover."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from mtldemo.charts.words import TOO_FEW, clipped_interval, number
from mtldemo.tasks import Measure


def difference_text(values: Sequence[float], unit: str, most: float) -> str:
    """A mean with the ends of its interval, ``values`` [3], in ``unit``; ``most`` is the largest that there can be."""
    mean, low, high = values
    text = f"{number(abs(mean))} {unit} {'better' if mean >= 0 else 'worse'}".replace("  ", " ")
    if not np.isfinite(low):
        return f"{text}, no interval"
    part = clipped_interval(low, high, -most, most)
    return f"{text}<br>95 %: {TOO_FEW}" if part is None else f"{text}<br>95 %: {part[0]:+.3g} to {part[1]:+.3g}"


def difference_hover(row: Any, metric: Measure) -> str:
    """A row of differences: the difference in ``metric``, over how many seeds, and whether it may be chance."""
    values = [metric.factor * float(row[name]) for name in ("gain", "gain_low", "gain_high")]
    chance = f"<br>p = {row['p_holm']:.2g}, corrected" if np.isfinite(row["p_holm"]) else ""
    seeds = f"{row['n']} seed{'s' if row['n'] != 1 else ''}"
    return f"{difference_text(values, escape(metric.difference_unit), metric.factor * metric.most)}<br>{seeds}{chance}"
