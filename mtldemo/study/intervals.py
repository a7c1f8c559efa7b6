"""A mean over seeds with its t interval and test, for many columns at once, and Holm's correction of many tests."""

from collections.abc import Iterable

import numpy as np

from mtldemo.study.moderated import moderated

SAME = 1e-9
"""Values whose spread is below this share of their size are equal: what is left is rounding."""


def t_quantile(free: int, share: float) -> float:
    """The t distribution's t_quantile with ``free`` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(free, share))


def holm_corrected(p: Iterable[float]) -> np.ndarray:
    """p values [A] made larger by Holm's step-down rule, so that all those below a level are so together. ``nan`` (no
    test could be made) stays and isn't counted."""
    values = np.asarray(list(p), dtype=np.float64)
    corrected, known = np.full(len(values), np.nan), np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    factors = len(order) - np.arange(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0) if len(order) else 0.0
    return corrected


class Intervals:
    """The columns of ``values`` [seeds, A], ``nan`` left out, each [A]: count ``n``, ``mean``, ``sd``, the t interval
    ``low`` to ``high``, the ``p`` of a mean of zero, and ``p_shared``, for which columns lend each other what their
    scatter tells. ``size`` is the size of the numbers that ``values`` were worked out from, to tell rounding from a
    difference."""

    def __init__(self, values: np.ndarray, level: float, size: float = 0.0) -> None:
        # SciPy's special functions load in a tenth of the time of its statistics.
        from scipy.special import stdtr, stdtrit

        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)
        self.n = known.sum(axis=0)
        count = np.maximum(self.n, 1)
        rounding = SAME * np.maximum(np.abs(filled).max(axis=0, initial=0.0), size)
        mean = filled.sum(axis=0) / count
        mean = np.where(np.abs(mean) <= rounding, 0.0, mean)
        several, free = self.n > 1, np.maximum(self.n - 1, 1)
        sd = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / free)
        sd = np.where(sd <= rounding, 0.0, sd)
        half = stdtrit(free, 0.5 + level / 2) * sd / np.sqrt(count)
        with np.errstate(divide="ignore", invalid="ignore"):
            p = 2 * stdtr(free, -np.abs(mean) / (sd / np.sqrt(count)))
        shared, known_free = moderated(sd**2, np.where(several, self.n - 1, 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            p_shared = 2 * stdtr(known_free, -np.abs(mean) / np.sqrt(shared / count))
        same = np.where(mean == 0, 1.0, 2.0 ** (1 - count))
        self.mean = np.where(self.n > 0, mean, np.nan)
        self.sd = np.where(several, sd, np.nan)
        self.low, self.high = np.where(several, mean - half, np.nan), np.where(several, mean + half, np.nan)
        self.p, self.p_shared = (np.where(several, np.where(sd == 0, same, values), np.nan) for values in (p, p_shared))

    def row(self, column: int, names: str) -> tuple[float, ...]:
        """The numbers of one column, by name."""
        return tuple(float(getattr(self, name)[column]) for name in names.split())
