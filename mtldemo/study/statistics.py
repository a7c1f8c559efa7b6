"""What the results of a comparison hold, and how sure that is. Pure functions on the frame of ``collect.results``.

Intervals are t intervals over seeds, differences paired by seed (Demšar, JMLR 2006; Bouthillier et al., MLSys 2021);
``docs/statistics.md`` says what they hold and what not. With one seed, bounds and p are ``nan``. A value of ``nan`` is
a run that diverged (see ``divergence``): a frame's ``.attrs["lost"]`` has those arms, ``.attrs["note"]`` a sentence.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.study.divergence import differences_note, lost_seeds
from mtldemo.study.intervals import Intervals, holm_corrected
from mtldemo.study.measures import in_order, key_metrics, measure_in, tasks_in

LEVEL = 0.95
NAMED = 6
"""Tasks that a sentence names; of more the rest are counted."""
SINGLE = "single-task"
"""As a baseline: each task's own single-task arm."""
SUMMARY = ["arm", "task", "metric", "higher_is_better", "n", "mean", "sd", "low", "high"]
DIFFERENCES = [
    *("arm", "baseline", "task", "metric", "higher_is_better", "n", "mean", "low", "high"),
    *("gain", "gain_low", "gain_high", "p", "p_shared", "p_holm", "better"),
]
DELTA_M = ["arm", "n", "mean", "low", "high", "p", "p_shared", "p_holm", "better"]


def tables(results: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The values [seeds, arms] of each task and metric; ``nan`` where a run is missing. Tasks are in order, each with
    its key metric first; arms are in the order of ``results``.

    Runs that repeat an arm and a seed are no further evidence, so they count as one, with their mean.
    """
    cells: dict[tuple[str, str], dict[tuple[int, str], list[float]]] = {}
    for task, metric, seed, arm, value in _rows(results, "task", "metric", "seed", "arm", "value"):
        cells.setdefault((task, metric), {}).setdefault((seed, arm), []).append(value)
    tasks = in_order(tasks_in(results), {task for task, _ in cells})
    pairs = [(task, metric) for task in tasks for metric in _key_first(results, task)]
    return {pair: _table(cells[pair]) for pair in pairs if pair in cells}


def by_seed(results: pd.DataFrame, task: str, metric: str) -> pd.DataFrame:
    """The values [seeds, arms] of one metric, as ``tables`` has them."""
    return tables(results).get((task, metric), _table({}))


def summary(results: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """The mean of each arm, task and metric over its seeds, with its t interval (``SUMMARY``)."""
    rows = []
    for (task, metric), table in tables(results).items():
        intervals = Intervals(table.to_numpy(), level)
        for column, arm in enumerate(table.columns):
            higher = measure_in(results, task, metric).higher_is_better
            rows.append((arm, task, metric, higher, intervals.n[column], *intervals.row(column, "mean sd low high")))
    return _frame(rows, SUMMARY, lost=lost_seeds(results))


def differences_to(results: pd.DataFrame, baseline: str, level: float = LEVEL) -> pd.DataFrame:
    """How far each arm is from the arm ``baseline``, or with ``SINGLE`` from its task's single-task arm
    (``DIFFERENCES``).

    ``mean``, ``low``, ``high`` are arm less baseline in the metric's own unit, over the ``n`` seeds that both have;
    ``gain`` and its bounds are the same, signed so that positive is better. ``p`` is the paired t test's; where all
    pairs differ by the very same amount, which a t test takes for certainty, it is that of the exact sign test,
    2^(1 - n), and 1 where that amount is zero.

    ``better`` is true or false where both the arm's own interval leaves zero out and ``p_holm`` is below 1 - ``level``,
    ``None`` where chance may be all there is. Among twenty useless arms one has an interval without zero, so ``p_holm``
    is corrected for the number of arms that are looked at in a metric of a task (Holm, Scand. J. Stat. 1979). It is
    that of ``p_shared``, a t test in which five or more arms lend each other what their scatter tells (``moderated``).

    Arms without a seed in common with the baseline have n = 0. The baseline itself has no row. Where one of the two has
    seeds that diverged, ``better`` is never in its favour.
    """
    single = single_task_arms(results) if baseline == SINGLE else {}
    lost, bases = lost_seeds(results), {baseline, *single.values()}
    rows = []
    for (task, metric), table in tables(results).items():
        higher = measure_in(results, task, metric).higher_is_better
        base = single.get(task, "") if baseline == SINGLE else baseline
        if base not in table.columns:
            continue
        arms, values = list(table.columns), table.to_numpy()
        column = arms.index(base)
        others = [*arms[:column], *arms[column + 1 :]]
        apart = np.delete(values - values[:, [column]], column, axis=1)
        intervals = Intervals(apart, level, size=float(np.nanmax(np.abs(values), initial=0.0)))
        holm, sign = holm_corrected(intervals.p_shared), 1 if higher else -1
        for column, arm in enumerate(others):
            mean, low, high = intervals.row(column, "mean low high")
            # Adding zero makes no zero negative.
            gains = sorted((sign * low + 0.0, sign * high + 0.0)) if np.isfinite(low) else (np.nan, np.nan)
            better = _better(sign * mean, max(holm[column], intervals.p[column]), level, arm in lost, base in lost)
            rows.append(
                (
                    *(arm, base, task, metric, higher, intervals.n[column], mean, low, high),
                    *(sign * mean + 0.0, *gains, intervals.p[column], intervals.p_shared[column], holm[column], better),
                )
            )
    return _frame(rows, DIFFERENCES, lost=lost, note=differences_note(lost, base_lost=bool(bases & lost.keys())))


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
    key metrics). Empty where it can't be told; ``.attrs["reason"]`` then says why, and
    ``.attrs["missing"]`` has the tasks that no run learned alone.
    """
    single = single_task_arms(results) if single is None else dict(single)
    chosen = key_metrics(results, metrics)
    tasks, lost = tasks_by_arm(results), lost_seeds(results)
    arms = [arm for arm, names in tasks.items() if len(names) > 1]
    missing = in_order(tasks_in(results), {task for arm in arms for task in tasks[arm]} - set(single))
    if not arms or missing:
        diverged = [arm for arm, names in tasks.items() if len(names) == 1 and names[0] in missing and arm in lost]
        if not arms:
            return _frame([], DELTA_M, reason="No run has learned several tasks.")
        titles = {task.name: task.in_sentence for task in tasks_in(results)}
        reason = no_single_words([titles.get(task, task) for task in missing], diverged)
        return _frame([], DELTA_M, reason=reason, missing=tuple(missing), diverged=tuple(diverged))
    known = tables(results)
    parts = []
    for arm in arms:
        gains = []
        for task in tasks[arm]:
            table = known.get((task, chosen[task]), _table({}))
            if arm not in table.columns or single[task] not in table.columns:
                return _frame([], DELTA_M, reason=f"Not all of these runs have {chosen[task]} for {task}.")
            own, alone = table[arm], table[single[task]]
            sign = 1 if measure_in(results, task, chosen[task]).higher_is_better else -1
            gains.append(100 * sign * (own / alone.where(alone != 0) - 1))
        # ``nan`` in one task leaves the seed out: a mean over fewer tasks would be another quantity.
        parts.append(sum(gains[1:], gains[0]) / len(gains))
    intervals = Intervals(pd.DataFrame(dict(enumerate(parts))).to_numpy(), level, size=100.0)
    holm = holm_corrected(intervals.p_shared)
    rows = [
        (
            *(arm, intervals.n[column], *intervals.row(column, "mean low high p p_shared"), holm[column]),
            _better(
                *(intervals.mean[column], max(holm[column], intervals.p[column]), level, arm in lost),
                any(single[task] in lost for task in tasks[arm]),
            ),
        )
        for column, arm in enumerate(arms)
    ]
    return _frame(
        rows,
        DELTA_M,
        single=dict(single),
        lost=lost,
        note=differences_note(lost, base_lost=bool({*single.values()} & lost.keys())),
    )


def single_task_arms(results: pd.DataFrame) -> dict[str, str]:
    """The arm that has learned a task alone, by task. Of several (other settings) the one with most seeds, then
    the first."""
    arm_of: dict[str, str] = {}
    runs = seeds_by_arm(results)
    for arm, tasks in tasks_by_arm(results).items():
        if len(tasks) == 1 and runs[arm] and (tasks[0] not in arm_of or runs[arm] > runs[arm_of[tasks[0]]]):
            arm_of[tasks[0]] = arm
    return {task: arm_of[task] for task in in_order(tasks_in(results), arm_of)}


def seeds_by_arm(results: pd.DataFrame) -> dict[str, int]:
    """How many seeds each arm has that didn't diverge, in order."""
    seeds: dict[str, set[int]] = {}
    for arm, seed, value in _rows(results, "arm", "seed", "value"):
        seeds.setdefault(arm, set()).update([] if math.isnan(value) else [seed])
    return {arm: len(own) for arm, own in seeds.items()}


def tasks_by_arm(results: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """The tasks of each arm, both in order."""
    tasks: dict[str, set[str]] = {}
    for arm, task in _rows(results, "arm", "task"):
        tasks.setdefault(arm, set()).add(task)
    return {arm: tuple(in_order(tasks_in(results), names)) for arm, names in tasks.items()}


def _better(gain: float, p: float, level: float, lost: bool, base_lost: bool) -> bool | None:
    """``lost`` and ``base_lost``: whether the arm and its baseline have seeds that diverged."""
    if not np.isfinite(p) or p >= 1 - level or (lost if gain > 0 else base_lost):
        return None
    return bool(gain > 0)


def _frame(rows: list[tuple], columns: list[str], **about: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    if "better" in columns:
        frame["better"] = frame["better"].astype(object)
    frame.attrs.update(about)
    return frame


def no_single_words(tasks: Sequence[str], diverged: Sequence[str]) -> str:
    """That no tested run learned each of ``tasks`` alone, or that the arms which did have ``diverged``."""
    if diverged:
        return (
            f"Every run of {' and '.join(diverged)} has diverged; add single-task baselines with a lower learning rate."
        )
    alone = " and ".join(tasks) if len(tasks) < 3 else ", ".join(tasks)
    if len(tasks) > NAMED:
        alone = f"{', '.join(tasks[:NAMED])} and {len(tasks) - NAMED} other tasks"
    return f"There is no tested run that learned {alone} alone; add single-task baselines."


def _table(cells: Mapping[tuple[int, str], Sequence[float]]) -> pd.DataFrame:
    arms, seeds = list(dict.fromkeys(arm for _, arm in cells)), sorted({seed for seed, _ in cells})
    values = np.full((len(seeds), len(arms)), np.nan)
    rows, columns = ({name: position for position, name in enumerate(names)} for names in (seeds, arms))
    for (seed, arm), repeated in cells.items():
        values[rows[seed], columns[arm]] = sum(repeated) / len(repeated)
    return pd.DataFrame(values, index=pd.Index(seeds, name="seed"), columns=pd.Index(arms, name="arm", dtype=object))


def _rows(results: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    # As plain lists: going through a column of texts one by one is slow.
    return zip(*(results[name].tolist() for name in columns), strict=True)


def _key_first(results: pd.DataFrame, task: str) -> list[str]:
    """The metrics of a task, its key metric first."""
    known = tasks_in(results).named(task)
    return sorted(known.measures, key=lambda metric: metric != known.metric)
