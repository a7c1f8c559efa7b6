"""What the results of a comparison hold, and how sure that is. Pure functions on the frame of ``collect.results``.

All intervals are two-sided t intervals over **seeds**: with values x of n seeds, mean +- t(n - 1) s / sqrt(n). They say
where the mean lies if the same study, on the same pictures and the same split, were repeated with ever new seeds
(initial weights, order, augmentation), provided that values scatter normally. They are exact for any n from 2, and
with two or three seeds they are wide, because so little is known of the scatter. What they do **not** hold: how much
the figures would change on other test pictures, another split or another data set. An accuracy of p on N pictures has
a standard error of sqrt(p (1 - p) / N) from that alone (half a percentage point at 92 % and 2,400 pictures). Runs that
are compared share their pictures, so much of it cancels in a difference, and none of it shows in an interval.

Differences are taken **in pairs of the same seed** (Demšar, JMLR 2006; Bouthillier et al., MLSys 2021): a seed fixes
the order of the pictures and their augmentation, so part of the scatter is common to both runs and drops out.

With one seed nothing is known of the scatter: n is 1, and bounds and p are ``nan``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.study.measures import KEY_MEASURES, MEASURES, ORDER

LEVEL = 0.95
SAME = 1e-9
"""Values whose spread is below this share of their size are equal: what is left is rounding."""
NO_SINGLE = "add single-task baselines"
SINGLE = "single-task"
"""As a baseline: each task's own single-task arm."""
SUMMARY = ["arm", "task", "metric", "higher_is_better", "n", "mean", "sd", "low", "high"]
DIFFERENCES = [
    *("arm", "baseline", "task", "metric", "higher_is_better", "n", "mean", "low", "high"),
    *("gain", "gain_low", "gain_high", "p", "p_holm", "better"),
]
DELTA_M = ["arm", "n", "mean", "low", "high", "p", "p_holm", "better"]


def tables(results: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The values [seeds, arms] of each task and metric; ``nan`` where a run is missing. Tasks are in order, each with
    its key metric first; arms are in the order of ``results``.

    Runs that repeat an arm and a seed are no further evidence, so they count as one, with their mean.
    """
    cells: dict[tuple[str, str], dict[tuple[int, str], list[float]]] = {}
    for task, metric, seed, arm, value in _rows(results, "task", "metric", "seed", "arm", "value"):
        cells.setdefault((task, metric), {}).setdefault((seed, arm), []).append(value)
    return {pair: _table(cells[pair]) for pair in sorted(cells, key=_pair_place)}


def by_seed(results: pd.DataFrame, task: str, metric: str) -> pd.DataFrame:
    """The values [seeds, arms] of one metric, as ``tables`` has them."""
    return tables(results).get((task, metric), _table({}))


def summary(results: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """The mean of each arm, task and metric over its seeds, with its t interval (``SUMMARY``)."""
    rows = []
    for (task, metric), table in tables(results).items():
        spread = Spread(table.to_numpy(), level)
        for place, arm in enumerate(table.columns):
            higher = MEASURES[metric].higher_is_better
            rows.append((arm, task, metric, higher, spread.n[place], *spread.row(place, "mean sd low high")))
    return pd.DataFrame(rows, columns=SUMMARY)


def differences_to(results: pd.DataFrame, baseline: str, level: float = LEVEL) -> pd.DataFrame:
    """How far each arm is from the arm ``baseline``, or with ``SINGLE`` from its task's single-task arm
    (``DIFFERENCES``).

    ``mean``, ``low``, ``high`` are arm less baseline in the metric's own unit, over the ``n`` seeds that both have;
    ``gain`` and its bounds are the same, signed so that positive is better. ``p`` is the paired t test's; where all
    pairs differ by the very same amount, which a t test takes for certainty, it is that of the exact sign test,
    2^(1 - n), and 1 where that amount is zero. ``p_holm`` is corrected for the number of arms that a metric of a task
    is looked at for (Holm, Scand. J. Stat. 1979): among twenty useless arms, one has an interval that leaves zero out.
    ``better`` is true or false where ``p_holm`` is below 1 - ``level``, and ``None`` where chance may be all there is.

    Arms without a seed in common with the baseline have n = 0. The baseline itself has no row.
    """
    single = single_arms(results) if baseline == SINGLE else {}
    rows = []
    for (task, metric), table in tables(results).items():
        higher = MEASURES[metric].higher_is_better
        base = single.get(task, "") if baseline == SINGLE else baseline
        if base not in table.columns:
            continue
        arms, values = list(table.columns), table.to_numpy()
        place = arms.index(base)
        others = [*arms[:place], *arms[place + 1 :]]
        apart = np.delete(values - values[:, [place]], place, axis=1)
        spread = Spread(apart, level, size=float(np.nanmax(np.abs(values), initial=0.0)))
        holm, sign = holm_corrected(spread.p), 1 if higher else -1
        for place, arm in enumerate(others):
            mean, low, high = spread.row(place, "mean low high")
            # Adding zero makes no zero negative.
            gains = sorted((sign * low + 0.0, sign * high + 0.0)) if np.isfinite(low) else (np.nan, np.nan)
            better = _better(sign * mean, holm[place], level)
            rows.append(
                (
                    *(arm, base, task, metric, higher, spread.n[place], mean, low, high),
                    *(sign * mean + 0.0, *gains, spread.p[place], holm[place], better),
                )
            )
    return _frame(rows, DIFFERENCES)


def delta_m(
    results: pd.DataFrame,
    single: Mapping[str, str] | None = None,
    metrics: Mapping[str, str] | None = None,
    level: float = LEVEL,
) -> pd.DataFrame:
    """The mean relative gain of each multi-task arm over single-task learning, in percent (``DELTA_M``).

    For a seed, 100 / T * sum over the T tasks of s (M - S) / S with M the arm's metric, S that of the same seed's
    single-task run, and s = 1 where higher is better, else -1: positive is better than one network a task (Maninis et
    al., CVPR 2019; later papers turn the sign round). ``n`` counts the seeds in which the arm and all its single-task
    runs are there.

    ``single`` names each task's single-task arm (found by themselves otherwise), ``metrics`` the metric by task (the
    key metrics). Empty where it can't be told; ``.attrs["reason"]`` then says why.
    """
    single = single_arms(results) if single is None else dict(single)
    chosen = {**KEY_MEASURES, **(metrics or {})}
    tasks = tasks_by_arm(results)
    arms = [arm for arm, names in tasks.items() if len(names) > 1]
    missing = sorted({task for arm in arms for task in tasks[arm]} - set(single), key=_place)
    if not arms or missing:
        reason = "No run has learned several tasks." if not arms else _no_single(missing)
        return _frame([], DELTA_M, reason=reason)
    known = tables(results)
    parts = []
    for arm in arms:
        gains = []
        for task in tasks[arm]:
            table = known.get((task, chosen[task]), _table({}))
            if arm not in table.columns or single[task] not in table.columns:
                return _frame([], DELTA_M, reason=f"Not all of these runs have {chosen[task]} for {task}.")
            own, alone = table[arm], table[single[task]]
            sign = 1 if MEASURES[chosen[task]].higher_is_better else -1
            gains.append(100 * sign * (own / alone.where(alone != 0) - 1))
        # ``nan`` in one task leaves the seed out: a mean over fewer tasks would be another quantity.
        parts.append(sum(gains[1:], gains[0]) / len(gains))
    spread = Spread(pd.DataFrame(dict(enumerate(parts))).to_numpy(), level, size=100.0)
    holm = holm_corrected(spread.p)
    rows = [
        (
            *(arm, spread.n[place], *spread.row(place, "mean low high"), spread.p[place], holm[place]),
            _better(spread.mean[place], holm[place], level),
        )
        for place, arm in enumerate(arms)
    ]
    return _frame(rows, DELTA_M, single=dict(single))


def single_arms(results: pd.DataFrame) -> dict[str, str]:
    """The arm that has learned a task alone, by task. Of several (other settings) the one with most seeds, then
    the first."""
    found: dict[str, str] = {}
    runs = seeds_by_arm(results)
    for arm, tasks in tasks_by_arm(results).items():
        if len(tasks) == 1 and (tasks[0] not in found or runs[arm] > runs[found[tasks[0]]]):
            found[tasks[0]] = arm
    return {task: found[task] for task in sorted(found, key=_place)}


def seeds_by_arm(results: pd.DataFrame) -> dict[str, int]:
    """How many seeds each arm has, in order."""
    seeds: dict[str, set[int]] = {}
    for arm, seed in _rows(results, "arm", "seed"):
        seeds.setdefault(arm, set()).add(seed)
    return {arm: len(found) for arm, found in seeds.items()}


def tasks_by_arm(results: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """The tasks of each arm, both in order."""
    tasks: dict[str, set[str]] = {}
    for arm, task in _rows(results, "arm", "task"):
        tasks.setdefault(arm, set()).add(task)
    return {arm: tuple(sorted(found, key=_place)) for arm, found in tasks.items()}


def quantile(free: int, share: float) -> float:
    """The t distribution's quantile with ``free`` degrees of freedom."""
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


class Spread:
    """Count ``n``, ``mean``, ``sd``, interval ``low`` to ``high`` and the ``p`` of a mean of zero, each [A], of the
    columns of ``values`` [seeds, A]; ``nan`` values are left out. ``size`` is the size of the numbers that ``values``
    were worked out from, to tell rounding from a difference."""

    def __init__(self, values: np.ndarray, level: float = LEVEL, size: float = 0.0) -> None:
        # SciPy's special functions load in a tenth of the time of its statistics.
        from scipy.special import stdtr, stdtrit

        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)
        self.n = known.sum(axis=0)
        count = np.maximum(self.n, 1)
        rounding = SAME * np.maximum(np.abs(filled).max(axis=0, initial=0.0), size)
        mean = filled.sum(axis=0) / count
        mean = np.where(np.abs(mean) <= rounding, 0.0, mean)
        free = np.maximum(self.n - 1, 1)
        sd = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / free)
        sd = np.where(sd <= rounding, 0.0, sd)
        half = stdtrit(free, 0.5 + level / 2) * sd / np.sqrt(count)
        with np.errstate(divide="ignore", invalid="ignore"):
            p = 2 * stdtr(free, -np.abs(mean) / (sd / np.sqrt(count)))
        same = np.where(mean == 0, 1.0, 2.0 ** (1 - count))
        several = self.n > 1
        self.mean = np.where(self.n > 0, mean, np.nan)
        self.sd = np.where(several, sd, np.nan)
        self.low, self.high = np.where(several, mean - half, np.nan), np.where(several, mean + half, np.nan)
        self.p = np.where(several, np.where(sd == 0, same, p), np.nan)

    def row(self, place: int, names: str) -> tuple[float, ...]:
        """The numbers of one column, by name."""
        return tuple(float(getattr(self, name)[place]) for name in names.split())


def _better(gain: float, p: float, level: float) -> bool | None:
    if not np.isfinite(p) or p >= 1 - level:
        return None
    return bool(gain > 0)


def _frame(rows: list[tuple], columns: list[str], **about: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    if "better" in columns:
        frame["better"] = frame["better"].astype(object)
    frame.attrs.update(about)
    return frame


def _no_single(tasks: list[str]) -> str:
    alone = " and ".join(tasks) if len(tasks) < 3 else ", ".join(tasks)
    return f"There is no tested run that learned {alone} alone; {NO_SINGLE}."


def _table(cells: Mapping[tuple[int, str], Sequence[float]]) -> pd.DataFrame:
    arms, seeds = list(dict.fromkeys(arm for _, arm in cells)), sorted({seed for seed, _ in cells})
    values = np.full((len(seeds), len(arms)), np.nan)
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (seeds, arms))
    for (seed, arm), found in cells.items():
        values[rows[seed], columns[arm]] = sum(found) / len(found)
    return pd.DataFrame(values, index=pd.Index(seeds, name="seed"), columns=pd.Index(arms, name="arm", dtype=object))


def _rows(results: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    # As plain lists: going through a column of texts one by one is slow.
    return zip(*(results[name].tolist() for name in columns), strict=True)


def _pair_place(pair: tuple[str, str]) -> tuple[Any, ...]:
    task, metric = pair
    return _place(task), metric != KEY_MEASURES.get(task), list(MEASURES).index(metric)


def _place(task: str) -> tuple[int, str]:
    return ORDER.get(task, len(ORDER)), task
