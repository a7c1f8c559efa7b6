"""Runs that diverged, in a comparison: which they are, and what may still be said of their arms.

A seed that diverged is a result, and the worst there is. The other seeds of its arm are then a choice of its good ones
(survivorship), so the arm's means are over those and say so, and the arm isn't ranked, has no probability of being the
best, isn't on a Pareto front and isn't called better than another. It may still be called worse.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from mtldemo.charts.words import diverged_share
from mtldemo.sentences import counted, listed
from mtldemo.study.info import RunInfo, tasks_of
from mtldemo.tasks import Task

RULE = (
    "A strategy with seeds that diverged isn't ranked, has no probability of being the best and isn't called better "
    "than another, since what is left of it is a choice of its good seeds."
)


class DivergedSeeds(NamedTuple):
    """Of an arm's ``seeds`` (how many), ``lost`` have diverged."""

    lost: int
    seeds: int

    @property
    def share(self) -> str:
        """``1 of 2 seeds diverged``."""
        return diverged_share(self.lost, self.seeds)


def diverged_runs(infos: Sequence[RunInfo]) -> set[Path]:
    """The folders of the runs that diverged: they say so, or their test has no number in a task that it had labels for.

    A test without a number may be an earlier version's; that it had labels is known by what else it counted, or by
    another run's number on the same pictures.
    """
    tasks = {task.name: task for task in tasks_of(infos)}
    learned = {info.path: [tasks[name] for name in info.tasks if name in tasks] for info in infos}
    measured = {task.name for info in infos for task in learned[info.path] if _number(info, task) is not None}
    return {
        info.path
        for info in infos
        if info.status.diverged
        or any(
            _number(info, task) is None and (task.name in measured or _labelled(info, task))
            for task in (learned[info.path] if info.test is not None else ())
        )
    }


def lost_seeds(results: pd.DataFrame) -> dict[str, DivergedSeeds]:
    """The arms of ``collect.results`` that have seeds that diverged, in order."""
    seeds: dict[str, set[int]] = {}
    lost: dict[str, set[int]] = {}
    columns = (results[name].tolist() for name in ("arm", "seed", "value"))
    for arm, seed, value in zip(*columns, strict=True):
        seeds.setdefault(arm, set()).add(seed)
        if math.isnan(value):
            lost.setdefault(arm, set()).add(seed)
    return {arm: DivergedSeeds(len(lost[arm]), len(all_seeds)) for arm, all_seeds in seeds.items() if arm in lost}


def divergence_words(lost: Mapping[str, DivergedSeeds]) -> list[str]:
    """Who diverged, what that leaves of its means, and the rule that follows; empty where nobody did."""
    if not lost:
        return []
    parts = []
    for arm, lost_of_arm in lost.items():
        left = lost_of_arm.seeds - lost_of_arm.lost
        means = f"its means are over {'one seed' if left == 1 else f'{left} seeds'}" if left else "it has no result"
        parts.append(f"{arm}: {lost_of_arm.share}, so {means}")
    return [f"{'; '.join(parts)}.", RULE]


def ranking_note(arms: int, seeds: int, lost: Mapping[str, DivergedSeeds], left_out: Iterable[str]) -> str:
    """What a ranking is over, where it isn't over all; else empty."""
    reasons = [f"{arm} ({lost_of_arm.share})" for arm, lost_of_arm in lost.items()]
    reasons += [f"{arm} (no seed in common with the others)" for arm in left_out]
    if not reasons:
        return ""
    over = f"Over {counted(arms)} and {counted(seeds, 'seed', 'seeds')}" if arms else "No strategy can be ranked"
    return f"{over}; left out: {listed(reasons)}."


def differences_note(lost: Mapping[str, DivergedSeeds], *, base_lost: bool) -> str:
    """What differences are over, where seeds diverged, also of the baseline (``base_lost``); else empty."""
    if not lost:
        return ""
    whom = listed([f"{arm} ({lost_of_arm.share})" for arm, lost_of_arm in lost.items()])
    none = "none of these is called better" + (", and nothing worse than the baseline" if base_lost else "")
    return f"Over the seeds that are left of {whom}: {none}."


def _number(info: RunInfo, task: Task) -> float | None:
    value = _metrics(info, task).get(task.metric)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _labelled(info: RunInfo, task: Task) -> bool:
    """Whether a test counted labels: in a confusion matrix, or by a number in another of the task's measures."""
    metrics = _metrics(info, task)
    rows = metrics.get("confusion")
    if isinstance(rows, list):
        return any(bool(count) for row in rows if isinstance(row, list) for count in row)
    return any(isinstance(metrics.get(name), int | float) for name in task.measures)


def _metrics(info: RunInfo, task: Task) -> Mapping[str, Any]:
    measured = (info.test or {}).get("metrics")
    metrics = measured.get(task.name) if isinstance(measured, Mapping) else None
    return metrics if isinstance(metrics, Mapping) else {}
