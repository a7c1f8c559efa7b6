"""Which arm comes first: ranks, the probability of being best, and the arms that no other beats in two tasks at once.

Arms of several tasks are ranked among themselves; single-task arms, which solve an easier problem, are left out where
there are others. Only seeds that all ranked arms have count, so that a missing run favours nobody. Where there is no
such seed, arms with the fewest seeds are left out until there is one; ``.attrs["left_out"]`` names them. Arms with
seeds that diverged aren't ranked (``divergence.py`` says why); ``.attrs["lost"]`` has them. ``.attrs["note"]`` is a
sentence on what a ranking is over, where it isn't over all.
"""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mtldemo.study.divergence import DivergedSeeds, lost_seeds, ranking_note
from mtldemo.study.intervals import Intervals
from mtldemo.study.measures import in_order, key_metrics, measure_in, tasks_in
from mtldemo.study.statistics import LEVEL, by_seed, tables, tasks_by_arm
from mtldemo.tasks import Task

ALL = "all"
"""In the place of a task: the mean over the tasks."""
RANKS = ["arm", "task", "metric", "n", "rank"]
CHANCES = ["arm", "task", "metric", "n", "probability"]
MOST_PAIRS = 6
"""Pairs of tasks whose trade-off is drawn: all of four tasks."""
FRONT = ["arm", "n", "x", "x_low", "x_high", "y", "y_low", "y_high", "front"]


def ranks(results: pd.DataFrame, metrics: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Each arm's rank in each task and, as task ``ALL``, its mean over the tasks (``RANKS``); 1 is the best.

    Arms are ranked seed by seed, equal ones share the mean of their places (Demšar, JMLR 2006), and the ranks are
    averaged over the ``n`` seeds. ``metrics`` says by which metric, by task (the key metrics).
    """
    lost = _lost_of_most_tasks(results)
    arms, tasks, values, left_out = _block(results, metrics, lost)
    seeds = values.shape[0]
    placed = _ranked(values).mean(axis=0) if seeds else np.empty((len(arms), len(tasks)))
    return _by_task(arms, tasks, key_metrics(results, metrics), placed, seeds, RANKS, left_out, lost)


def p_best(
    results: pd.DataFrame, draws: int = 10_000, seed: int = 0, metrics: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The probability that an arm is the best in each task and, as task ``ALL``, has the best mean rank (``CHANCES``).

    A bootstrap over seeds: the ``n`` seeds are drawn again with replacement, all arms with the same ones, and the share
    of draws in which an arm's mean is the best is its probability; a shared first place is divided. All n^n draws are
    gone through where there are at most ``draws``, so that nothing is left to chance; else ``seed`` fixes them. Over
    few seeds the bootstrap is bolder than it should be (it can't draw what no seed has shown), so this ranks arms and
    tests nothing. One seed says nothing: ``nan``.
    """
    lost = _lost_of_most_tasks(results)
    arms, tasks, values, left_out = _block(results, metrics, lost)
    count = values.shape[0]
    if count < 2:
        shares = np.full((len(arms), len(tasks) + 1), np.nan)
    else:
        weights = _redrawn(count, draws, seed)
        means = np.tensordot(weights, values, axes=1)
        placed = _ranked(means)
        shares = np.column_stack([_first(placed), _first(placed.mean(axis=2)[:, :, None])])
    return _by_task(arms, tasks, key_metrics(results, metrics), shares, count, CHANCES, left_out, lost)


def pareto_front(
    results: pd.DataFrame, first: str, second: str, metrics: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The arms that have learned both tasks, with their means over seeds and t intervals (``FRONT``): ``x`` of the task
    ``first``, ``y`` of ``second``. ``front`` is true where no other arm is at least as good in both and better in one:
    the choice among those is the person's. It is about the means, and seeds may turn it. An arm with seeds that
    diverged is neither on it nor keeps others from it."""
    chosen = key_metrics(results, metrics)
    sides = [by_seed(results, task, chosen[task]) for task in (first, second)]
    arms = [arm for arm in sides[0].columns if arm in sides[1].columns]
    x, y = (Intervals(side[arms].to_numpy(), LEVEL) for side in sides)
    signs = [1 if measure_in(results, task, chosen[task]).higher_is_better else -1 for task in (first, second)]
    goods = np.column_stack([signs[0] * x.mean, signs[1] * y.mean])
    lost = lost_seeds(results)
    whole = np.array([arm not in lost for arm in arms], dtype=bool)
    as_good = np.all(goods[None] >= goods[:, None], axis=2)
    better = np.any(goods[None] > goods[:, None], axis=2)
    front = whole & ~np.any(as_good & better & whole, axis=1)
    columns = (arms, np.minimum(x.n, y.n), x.mean, x.low, x.high, y.mean, y.low, y.high, front)
    frame = pd.DataFrame(dict(zip(FRONT, columns, strict=True)))
    behind = {arm: seeds for arm, seeds in lost.items() if arm in arms}
    seeds = int(min(frame["n"][whole], default=0))
    frame.attrs |= {"lost": behind, "note": ranking_note(int(whole.sum()), seeds, behind, ())}
    return frame


def most_opposed(results: pd.DataFrame, tasks: Sequence[Task]) -> list[tuple[Task, Task]]:
    """The pairs of ``tasks``, all in their order where they are few; of many the ``MOST_PAIRS`` in which the arms'
    means of the key metric fall the most against each other (their correlation is the lowest)."""
    pairs = list(itertools.combinations(tasks, 2))
    if len(pairs) <= MOST_PAIRS:
        return pairs
    known = tables(results)
    means = {
        task.name: (1 if task.higher_is_better else -1) * known[task.name, task.metric].mean()
        for task in tasks
        if (task.name, task.metric) in known
    }
    falls = pd.DataFrame(means).rank().corr().reindex(index=means, columns=means)
    measured = [pair for pair in pairs if pair[0].name in means and pair[1].name in means]
    corrs = {pair: float(falls.at[pair[0].name, pair[1].name]) for pair in measured}  # type: ignore[arg-type]
    return sorted(measured, key=lambda pair: np.nan_to_num(corrs[pair], nan=1.0))[:MOST_PAIRS]


def _block(
    results: pd.DataFrame, metrics: Mapping[str, str] | None, lost: Mapping[str, DivergedSeeds]
) -> tuple[list[str], list[str], np.ndarray, list[str]]:
    """Arms [A] of the most tasks, tasks [T], values [seeds, A, T] signed so that lower is better, and the arms left
    out for want of a seed that all have."""
    chosen, known = key_metrics(results, metrics), tasks_by_arm(results)
    most = max((len(tasks) for tasks in known.values()), default=0)
    of_most = [tasks for tasks in known.values() if len(tasks) == most]
    tasks = list(max(of_most, key=of_most.count, default=()))
    if most == 1:  # single tasks alone: rank those of each task
        tasks = in_order(tasks_in(results), {task for one in of_most for task in one})[:1]
    arms = [arm for arm, names in known.items() if set(tasks) <= set(names) and len(names) == most and arm not in lost]
    if lost and len(arms) < 2:
        arms = []  # to be the only one that is left is no first place
    known = tables(results)
    if any((task, chosen[task]) not in known for task in tasks):
        return [], tasks, np.empty((0, 0, len(tasks))), arms
    left_out: list[str] = []
    seeds = sorted(set(results["seed"].tolist()))
    signs = {task: -1 if measure_in(results, task, chosen[task]).higher_is_better else 1 for task in tasks}
    while arms:
        sides = [known[task, chosen[task]].reindex(columns=arms, index=seeds).to_numpy() for task in tasks]
        values = np.stack([signs[task] * side for task, side in zip(tasks, sides, strict=True)], axis=2)
        complete = np.isfinite(values).all(axis=(1, 2))
        if complete.any():
            return arms, tasks, values[complete], left_out
        counts = np.isfinite(values).all(axis=2).sum(axis=0)
        worst = int(len(arms) - 1 - counts[::-1].argmin())  # of equals the last
        left_out.append(arms.pop(worst))
    return [], tasks, np.empty((0, 0, len(tasks))), left_out


def _lost_of_most_tasks(results: pd.DataFrame) -> dict[str, DivergedSeeds]:
    """The arms with seeds that diverged among those that would be ranked."""
    known = tasks_by_arm(results)
    most = max(map(len, known.values()), default=0)
    return {arm: seeds for arm, seeds in lost_seeds(results).items() if len(known[arm]) == most}


def _ranked(values: np.ndarray) -> np.ndarray:
    """Ranks from 1 along the second last axis of ``values`` [..., A, T], the lowest first; equal ones share."""
    lower = (values[..., None, :, :] < values[..., :, None, :]).sum(axis=-2)
    equal = (values[..., None, :, :] == values[..., :, None, :]).sum(axis=-2)
    return lower + (equal + 1) / 2


def _first(placed: np.ndarray) -> np.ndarray:
    """The share [A, T] of draws in which each arm has the lowest rank of ``placed`` [draws, A, T]."""
    best = placed == placed.min(axis=1, keepdims=True)
    return (best / best.sum(axis=1, keepdims=True)).mean(axis=0)


def _redrawn(count: int, draws: int, seed: int) -> np.ndarray:
    """How much each seed weighs in a draw: [draws, count], rows sum to 1."""
    if count**count <= draws:
        picks = np.indices((count,) * count).reshape(count, -1).T
    else:
        picks = np.random.default_rng(seed).integers(0, count, (draws, count))
    return (picks[:, :, None] == np.arange(count)).sum(axis=1) / count


def _by_task(
    arms: list[str],
    tasks: list[str],
    metrics: Mapping[str, str],
    values: np.ndarray,
    seeds: int,
    columns: list[str],
    left_out: list[str],
    lost: Mapping[str, DivergedSeeds],
) -> pd.DataFrame:
    """A row for each arm and task and, as ``ALL``, what stands in the last column of ``values`` or their mean."""
    if values.shape[1] == len(tasks):
        values = np.column_stack([values, values.mean(axis=1)]) if tasks else values
    rows = [
        (arm, task, metrics.get(task, ""), seeds, float(values[row, column]))
        for column, task in enumerate([*tasks, ALL])
        for row, arm in enumerate(arms)
    ]
    frame = pd.DataFrame(rows, columns=columns)
    frame.attrs |= {"left_out": left_out, "lost": dict(lost), "note": ranking_note(len(arms), seeds, lost, left_out)}
    return frame
