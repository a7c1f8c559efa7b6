"""What a comparison shows, in sentences; nothing is said that the intervals don't hold."""

import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from mtldemo.config import RunConfig
from mtldemo.study.differences import comparable_groups, incomparable
from mtldemo.study.divergence import diverged_runs, divergence_words, lost_seeds
from mtldemo.study.info import RunInfo
from mtldemo.study.measures import KEY_MEASURES, MEASURES, Measure
from mtldemo.study.moderated import FEWEST
from mtldemo.study.spread import quantile
from mtldemo.study.statistics import LEVEL, NO_SINGLE, delta_m, differences_to, seeds_by_arm, tasks_by_arm
from mtldemo.study.status import Underway
from mtldemo.study.wording import counted, listed, percent_span, span

NAMED = 2
"""Losers called by name; the others are counted."""
PLAIN_SUM = "equal"
BUDGET = "On this budget ("
SCOPE = (
    "The intervals are over seeds alone: on other pictures, with another budget or other settings the order may be "
    "another."
)


class Difference(NamedTuple):
    """A row of ``differences_to`` in a task's key metric."""

    arm: str
    task: str
    measure: Measure
    n: int
    gain: float
    low: float
    high: float
    p: float
    better: bool | None

    @property
    def told(self) -> str:
        """``uncertainty by 0.61 to 0.90 years``, without a sign."""
        bounds = sorted(min(abs(value), self.measure.most) for value in (self.low, self.high))
        return (
            f"{self.arm} by {span(*(self.measure.factor * value for value in bounds))} {self.measure.difference_unit}"
        )


class Gain(NamedTuple):
    """A row of ``delta_m``."""

    arm: str
    mean: float
    low: float
    high: float
    better: bool | None


def verdict(
    results: pd.DataFrame,
    baseline: str = PLAIN_SUM,
    infos: Sequence[RunInfo] = (),
    level: float = LEVEL,
    *,
    underway: Underway | None = None,
) -> list[str]:
    """The sentences about ``results``, the first the headline.

    An arm is called better or worse than ``baseline`` in a task's key metric only where its paired differences say so
    both alone and after Holm's correction for the number of arms (``statistics.differences_to``). ``infos``, the runs
    that the results are of, give the budget in words and those that are left out; runs on different data or splits get
    no verdict. ``underway`` says what is still to come of a study that isn't done.
    """
    if len(comparable_groups(infos)) > 1:
        return ["These runs can't be compared, so there is no verdict.", *incomparable(infos)]
    left_out, seeds, tasks = _left_out(infos), seeds_by_arm(results), tasks_by_arm(results)
    diverged = divergence_words(lost_seeds(results))
    if not any(seeds.values()):
        nothing = "Every run that ended has diverged" if diverged else "No run has been tested yet"
        return [f"{nothing}, so there is nothing to compare.", *diverged, *left_out]
    if max(seeds.values()) == 1:
        headline = "Nothing can be concluded from one seed: add seeds, three at least, to see what chance does."
        return [underway.headline if underway and underway.seeds > 1 else headline, *diverged, *left_out]
    on = _budget(infos, max(seeds.values()))
    strategies = [arm for arm, names in tasks.items() if len(names) > 1] or list(tasks)
    against = _against(results, baseline, baseline_words(baseline, infos), strategies, level, on)
    headline, *rest = against
    whole = [arm for arm in strategies if arm not in lost_seeds(results)]
    return [
        *(headline, *diverged, *rest),
        *(*_one_network(results, level), *_uneven(seeds, whole), *left_out, SCOPE),
    ]


def clauses(headline: str) -> tuple[str, list[str]]:
    """A headline in parts: the budget that it speaks of, and what is said on it, task by task. Without a budget it is
    one part."""
    budget, sign, said = headline.partition("), ")
    if not sign or not budget.startswith(BUDGET):
        return "", [headline]
    parts = said.removesuffix(".").split("; ")
    return f"{budget})", [f"N{part[1:]}" if part.startswith("no") else part for part in parts]


def baseline_words(baseline: str, infos: Sequence[RunInfo] = ()) -> str:
    """What a sentence calls the baseline: the one arm that adds the losses up is the plain sum, whatever its name."""
    plain = {info.arm for info in infos if info.strategy == PLAIN_SUM and len(info.tasks) > 1} or {PLAIN_SUM}
    return "the plain sum" if plain == {baseline} else baseline


def _against(
    results: pd.DataFrame, baseline: str, base: str, strategies: list[str], level: float, on: str
) -> list[str]:
    """The strategies beside the baseline, which sentences call ``base``."""
    others = [arm for arm in strategies if arm != baseline]
    seeds, lost = seeds_by_arm(results), lost_seeds(results)
    if not seeds.get(baseline):
        why = "diverged in every seed" if baseline in lost else "has no run that was tested"
        return [f"{on} nothing is said of better or worse: the baseline, {base}, {why}."]
    if not others:
        return [f"{on} there is nothing to compare {base} with: add a strategy."]
    rows = [row for row in _differences(results, baseline, level) if row.arm in others and row.n > 1]
    if not rows:
        return [f"{on} nothing can be concluded: no strategy shares two seeds with {base}; add seeds."]
    parts, open_tasks, more = [], [], []
    for task in dict.fromkeys(row.task for row in rows):
        own = sorted((row for row in rows if row.task == task), key=lambda row: row.gain, reverse=True)
        winners = [row for row in own if row.better]
        losers = [row for row in reversed(own) if row.better is False]
        near = [row for row in own if row.better is None and row.gain > 0 and row.p < 1 - level and row.arm not in lost]
        if len(winners) == 1:
            name, _, size = winners[0].told.rpartition(" by ")
            parts.append(f"{name} beats {base} on {task} by {size}")
        elif winners:
            parts.append(f"{len(winners)} strategies beat {base} on {task}, such as {winners[0].told}")
        else:
            open_tasks.append(task)
        if losers:
            more.append(f"Worse than {base} on {task}: {_several(losers)}.")
        if near:
            more.append(
                f"Looked at alone, these would count as better on {task}, but among {len(own)} strategies that isn't "
                f"enough: {_several(near)}."
            )
    if open_tasks and parts:
        parts.append(f"no strategy is better on {listed(open_tasks, 'or')} than chance allows")
    elif open_tasks:
        parts.append(f"no strategy beats {base} on {listed(open_tasks, 'or')} by more than chance allows")
    unclear = [row for row in rows if row.task in open_tasks and row.better is None]
    return [f"{on} {'; '.join(parts)}.", *more, *([_blind(unclear, level)] if unclear else [])]


def _blind(rows: list[Difference], level: float) -> str:
    """How large a difference had to be to be seen at the usual scatter: what an arm's own interval asks, or the
    correction of the first arm where that is more."""
    told, blind, seeds = [], [], max(row.n for row in rows)
    for task in dict.fromkeys(row.task for row in rows):
        own = [row for row in rows if row.task == task and row.n == seeds]
        if not own:
            continue
        half = statistics.median((row.high - row.low) / 2 for row in own)
        free = (seeds - 1) * (len(own) if len(own) >= FEWEST else 1)
        strict = quantile(free, 1 - (1 - level) / 2 / len(own)) / quantile(seeds - 1, (1 + level) / 2)
        measure, needed = own[0].measure, half * max(strict, 1)
        if needed >= measure.most:
            blind.append(task)
        elif half > 0:
            told.append(f"{measure.factor * needed:.2g} {measure.difference_unit} on {task}")
    if not told and not blind:
        return f"With {seeds} seeds each, the runs came out the same."
    parts = [f"a difference had to be about {listed(told)} to show"] if told else []
    parts += [f"on {listed(blind, 'or')} not even the largest that there can be would have shown"] if blind else []
    return (
        f"That isn't proof that they are equal: with {seeds} seeds and {counted(len({row.arm for row in rows}))} to "
        f"tell apart, {'; '.join(parts)}."
    )


def _one_network(results: pd.DataFrame, level: float) -> list[str]:
    """The strategies beside one network for each task."""
    table = delta_m(results, level=level)
    if table.attrs.get("reason"):
        reason = str(table.attrs["reason"])
        return [f"Whether one network for all tasks is worth it isn't known. {reason}"] if NO_SINGLE in reason else []
    rows = [
        Gain(str(row["arm"]), float(row["mean"]), float(row["low"]), float(row["high"]), row["better"])
        for row in table.to_dict("records")
        if int(row["n"]) > 1
    ]
    if not rows:
        return ["Whether one network for all tasks is worth it isn't known: too few seeds have single-task runs."]
    whole = [row for row in rows if row.arm not in table.attrs["lost"]]
    if not whole:
        return ["Whether one network for all tasks is worth it isn't known: every strategy has seeds that diverged."]
    best = max(whole, key=lambda row: row.mean)
    better, worse = sum(row.better is True for row in rows), sum(row.better is False for row in rows)
    if best.better:
        too = f"; {counted(better - 1, 'other strategy does', 'other strategies do')}, too" if better > 1 else ""
        return [
            f"One network for all tasks beats one network a task with {best.arm}: its metrics are on average "
            f"{_relative(best.low, best.high)} % better (delta-m){too}."
        ]
    if worse == len(rows):
        who = best.arm if len(rows) == 1 else f"every strategy, with {best.arm} least:"
        return [
            f"One network for all tasks is worse than one network a task with {who} by "
            f"{_relative(-best.high, -best.low)} % on average (delta-m)."
        ]
    losing = f"; {counted(worse, 'strategy is', 'strategies are')} worse by more than chance allows" if worse else ""
    if best.low < -100 and best.high > 100:
        how = f"too few seeds tell how {best.arm}, the best, compares"
    else:
        how = f"the best, {best.arm}, is between {percent_span(best.low, best.high)} on average (delta-m)"
    return [f"Whether one network for all tasks beats one network a task is open: {how}{losing}."]


def _relative(low: float, high: float) -> str:
    """``6.06 to 6.44``; beyond 100 %, where what a gain is relative to is small, without a figure."""
    if high <= 100:
        return span(low, high)
    return "more than 100" if low >= 100 else f"{low:.0f} to more than 100"


def _differences(results: pd.DataFrame, baseline: str, level: float) -> list[Difference]:
    return [
        Difference(
            str(row["arm"]),
            str(row["task"]),
            MEASURES[str(row["metric"])],
            int(row["n"]),
            float(row["gain"]),
            float(row["gain_low"]),
            float(row["gain_high"]),
            float(row["p"]),
            row["better"],
        )
        for row in differences_to(results, baseline, level).to_dict("records")
        if row["metric"] == KEY_MEASURES.get(str(row["task"]))
    ]


def _left_out(infos: Sequence[RunInfo]) -> list[str]:
    """The runs that have no result, but for those that diverged, and what the data leave out."""
    told = []
    lost = diverged_runs([info for info in infos if info.config is not None])
    waiting = [info for info in infos if info.config is not None and info.test is None and info.path not in lost]
    broken = [info for info in infos if info.config is None]
    if waiting:
        states = [info.state for info in waiting]
        how = listed([f"{states.count(state)} {state}" for state in sorted(set(states))])
        what = counted(len(waiting), "run has no test result and is", "runs have no test result and are")
        told.append(f"{what} left out ({how}).")
    if broken:
        what = counted(len(broken), "run can't be read and is", "runs can't be read and are")
        told.append(f"{what} left out.")
    return told + [f"On the data: {notice}" for notice in sorted({info.data_notice for info in infos} - {""})]


def _uneven(seeds: dict[str, int], strategies: list[str]) -> list[str]:
    """Arms with fewer seeds than the others."""
    most = max(seeds.values())
    fewer = [f"{arm} ({seeds[arm]})" for arm in strategies if seeds[arm] < most]
    if not fewer:
        return []
    named = [*fewer[:3], f"{len(fewer) - 3} more"] if len(fewer) > 3 else fewer
    return [f"Not all strategies have {most} seeds, and those with fewer have wider intervals: {listed(named)}."]


def _budget(infos: Sequence[RunInfo], seeds: int) -> str:
    """``On this budget (UTKFace at 48 px, 5 epochs, 3 seeds),``."""
    tested = [info for info in infos if info.config is not None and info.test is not None]
    configs = [info.config for info in tested if info.config is not None]
    facts = []
    if configs:
        size = _only(configs, lambda config: config.data.image_size)
        facts.append(tested[0].dataset_name + (f" at {size} px" if size else ""))
        steps, epochs = _only(configs, lambda config: config.steps), _only(configs, lambda config: config.epochs)
        if steps:
            facts.append(f"{steps:,} steps")
        elif steps == 0 and epochs:
            facts.append(counted(epochs, "epoch", "epochs"))
        elif steps is None and all(info.study for info in tested):
            facts.append("equal time")
    facts.append(f"{seeds} seeds")
    return f"{BUDGET}{', '.join(facts)}),"


def _only(configs: list[RunConfig], value: Callable[[RunConfig], int]) -> int | None:
    found = {value(config) for config in configs}
    return found.pop() if len(found) == 1 else None


def _several(rows: Sequence[Difference]) -> str:
    told, rest = [row.told for row in rows[:NAMED]], len(rows) - NAMED
    return listed([*told, f"{rest} more"] if rest > 0 else told)
