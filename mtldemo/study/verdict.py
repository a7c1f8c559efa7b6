"""What a comparison shows, in sentences; nothing is said that the intervals don't hold."""

import math
from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from mtldemo.study.differences import comparable_groups, incomparable
from mtldemo.study.info import RunInfo
from mtldemo.study.measures import KEY_MEASURES, MEASURES
from mtldemo.study.statistics import LEVEL, delta_m, differences_to, tasks_by_arm

NAMED = 2
"""Winners and losers called by name; the others are counted."""
PLAIN_SUM = "equal"
SCOPE = (
    "The intervals are over seeds alone: on other pictures, with another budget or other settings the order may be "
    "another."
)


def verdict(
    results: pd.DataFrame, baseline: str = PLAIN_SUM, infos: Sequence[RunInfo] = (), level: float = LEVEL
) -> list[str]:
    """The sentences about ``results``, the first the headline.

    An arm is called better or worse than ``baseline`` in a task's key metric only where its paired differences say so
    after Holm's correction for the number of arms (``statistics.differences_to``). ``infos``, the runs that the results
    are of, give the budget in words and those that are left out; runs on different data or splits get no verdict.
    """
    chosen = list(infos)
    reasons = incomparable(chosen)
    if len(comparable_groups(chosen)) > 1:
        return ["These runs can't be compared, so there is no verdict.", *reasons]
    tasks = tasks_by_arm(results)
    several = [arm for arm, names in tasks.items() if len(names) > 1] or list(tasks)
    out = _left_out(chosen)
    if not tasks:
        return ["No run has been tested yet, so there is nothing to compare.", *out]
    seeds = results.groupby("arm", observed=True)["seed"].nunique()
    if int(seeds.max()) == 1:
        return ["Nothing can be concluded from one seed: add seeds, three at least, to see what chance does.", *out]
    on = _budget(chosen, int(seeds.max()))
    against = _against(results, baseline, several, level, on)
    return [*against, *_multi_task(results, level), *_uneven(results, several), *out, SCOPE]


def span(low: float, high: float) -> str:
    """``0.61 to 0.90``: two significant digits of the distance, and never a zero for a bound that isn't one."""
    digits = _digits(low, high)
    first, last = f"{low:.{digits}f}", f"{high:.{digits}f}"
    return first if first == last else f"{first} to {last}"


def _against(results: pd.DataFrame, baseline: str, several: list[str], level: float, on: str) -> list[str]:
    """The strategies beside the baseline."""
    base = "the plain sum" if baseline == PLAIN_SUM else baseline
    if baseline not in set(results["arm"]):
        return [f"{on} nothing is said of better or worse: the baseline, {base}, has no run that was tested."]
    others = [arm for arm in several if arm != baseline]
    if not others:
        return [f"{on} there is nothing to compare {base} with: add a strategy."]
    table = differences_to(results, baseline, level)
    table = table[table["arm"].isin(others) & (table["metric"] == table["task"].map(KEY_MEASURES))]
    tested = table[table["n"] > 1]
    if tested.empty:
        return [f"{on} nothing can be concluded: no strategy shares two seeds with {base}; add seeds."]
    parts, open_tasks, more = [], [], []
    for task, rows in tested.groupby("task", sort=False):
        winners = rows[rows["better"].eq(True)].sort_values("gain", ascending=False)
        losers = rows[rows["better"].eq(False)].sort_values("gain")
        if winners.empty:
            open_tasks.append(str(task))
        else:
            beat = _several(winners, lambda row: f"{row.arm} by {_gain(row)}")
            parts.append(f"{_beats(winners, base)} on {task}: {beat}" if len(winners) > 1 else _one(winners, base))
        if not losers.empty:
            worse = _several(losers, lambda row: f"{row.arm} by {_gain(row)}")
            more.append(f"Worse than {base} on {task}: {worse}.")
        more += _alone(rows, str(task), level)
    if open_tasks:
        named = _listed(open_tasks, "or")
        parts.append(
            f"no strategy is better on {named} than chance allows"
            if parts
            else f"no strategy beats {base} on {named} by more than chance allows"
        )
    sentences = [f"{on} {'; '.join(parts)}.", *more]
    if open_tasks:
        sentences.append(_blind(tested[tested["task"].isin(open_tasks)], level))
    return sentences


def _one(winners: pd.DataFrame, base: str) -> str:
    row = next(winners.itertuples(index=False))
    return f"{row.arm} beats {base} on {row.task} by {_gain(row)}"


def _beats(winners: pd.DataFrame, base: str) -> str:
    return f"{len(winners)} strategies beat {base}"


def _alone(rows: pd.DataFrame, task: str, level: float) -> list[str]:
    """Arms that only the number of comparisons keeps from being called better."""
    near = rows[rows["better"].isna() & (rows["p"] < 1 - level) & (rows["gain"] > 0)]
    if near.empty:
        return []
    told = _several(near.sort_values("gain", ascending=False), lambda row: f"{row.arm} by {_gain(row)}")
    return [
        f"Looked at alone these would be better on {task}, but among {len(rows)} comparisons that isn't enough: {told}."
    ]


def _blind(rows: pd.DataFrame, level: float) -> str:
    """How large a difference had to be to be seen: what the correction asks of the first arm, at the usual scatter."""
    from scipy.special import stdtrit

    told, count = [], 0
    for task, part in rows.groupby("task", sort=False):
        measure = MEASURES[str(part["metric"].iloc[0])]
        n = int(part["n"].max())
        half = ((part["high"] - part["low"]) / 2)[part["n"] == n].median()
        strict = stdtrit(n - 1, 1 - (1 - level) / 2 / len(part)) / stdtrit(n - 1, 0.5 + level / 2)
        size = measure.factor * half * strict
        count = max(count, n)
        if size > 0:
            told.append(f"{size:.2g} {measure.difference_unit} on {task}")
    if not told:
        return f"With {count} seeds, all runs came out the same."
    return (
        f"That isn't proof that they are equal: with {count} seeds and {len(set(rows['arm']))} strategies, only "
        f"differences of about {_listed(told)} or more would have shown."
    )


def _multi_task(results: pd.DataFrame, level: float) -> list[str]:
    """The arms beside one network for each task."""
    table = delta_m(results, level=level)
    if table.empty:
        reason = str(table.attrs.get("reason", ""))
        return [f"Whether one network for all tasks is worth it isn't known. {reason}"] if "baselines" in reason else []
    tested = table[table["n"] > 1]
    if tested.empty:
        return ["Whether one network for all tasks is worth it isn't known: too few seeds have single-task runs."]
    best = next(tested.sort_values("mean", ascending=False).itertuples(index=False))
    better, worse = int(tested["better"].eq(True).sum()), int(tested["better"].eq(False).sum())
    if best.better is True:
        others = f"; {_counted(better - 1, 'other strategy', 'other strategies')} gain, too" if better > 1 else ""
        return [
            f"One network for all tasks beats a network for each with {best.arm}: its metrics are on average "
            f"{span(best.low, best.high)} % better (delta-m){others}."
        ]
    if worse == len(tested):
        least = f"{span(-best.high, -best.low)} %"
        who = "that strategy" if len(tested) == 1 else "every strategy; least"
        return [
            f"One network for all tasks is worse than a network for each with {who}, {best.arm}, by {least} (delta-m)."
        ]
    losing = f"; {_counted(worse, 'strategy is', 'strategies are')} surely worse" if worse else ""
    return [
        "Whether one network for all tasks beats a network for each is open: the best, "
        f"{best.arm}, is between {_signed(best.low)} and {_signed(best.high)} on average (delta-m){losing}."
    ]


def _left_out(infos: Iterable[RunInfo]) -> list[str]:
    """The runs that have no result."""
    waiting = [info for info in infos if info.config is not None and info.test is None]
    broken = [info for info in infos if info.config is None]
    told = []
    if waiting:
        states = {state: sum(info.state == state for info in waiting) for state in {info.state for info in waiting}}
        how = _listed([f"{count} {state}" for state, count in sorted(states.items())])
        told.append(
            f"{_counted(len(waiting), 'run has', 'runs have')} no test result and {_is(waiting)} left out ({how})."
        )
    if broken:
        told.append(f"{_counted(len(broken), 'run', 'runs')} can't be read and {_is(broken)} left out.")
    return told


def _uneven(results: pd.DataFrame, several: list[str]) -> list[str]:
    """Arms with fewer seeds than the others."""
    counts = results.groupby("arm", observed=True)["seed"].nunique()
    most = int(counts.max())
    fewer = [f"{arm} ({counts[arm]})" for arm in several if counts[arm] < most]
    if not fewer:
        return []
    named = ", ".join(fewer[:3]) + (f" and {len(fewer) - 3} more" if len(fewer) > 3 else "")
    return [f"Not all arms have {most} seeds yet, so their intervals are wider: {named}."]


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
            facts.append(f"{epochs} epoch{'s' if epochs > 1 else ''}")
        elif steps is None:
            facts.append("equal time")
    facts.append(f"{seeds} seeds")
    return f"On this budget ({', '.join(facts)}),"


def _only(configs: list, value: Callable[..., int]) -> int | None:
    found = {value(config) for config in configs}
    return found.pop() if len(found) == 1 else None


def _several(rows: pd.DataFrame, told: Callable[..., str]) -> str:
    names = [told(row) for row in rows.head(NAMED).itertuples(index=False)]
    rest = len(rows) - len(names)
    return _listed([*names, f"{rest} more"] if rest else names)


def _gain(row: object) -> str:
    """How much better or worse, without a sign."""
    measure = MEASURES[str(row.metric)]  # type: ignore[attr-defined]
    bounds = sorted(measure.factor * abs(value) for value in (row.gain_low, row.gain_high))  # type: ignore[attr-defined]
    return f"{span(*bounds)} {measure.difference_unit}"


def _signed(value: float) -> str:
    size = f"{abs(value):.2g}" if abs(value) < 100 else f"{abs(value):,.0f}"
    return f"{size} % {'better' if value > 0 else 'worse'}"


def _digits(low: float, high: float) -> int:
    width = high - low or abs(low)
    digits = max(0, 1 - math.floor(math.log10(width))) if width > 0 else 0
    while digits < 8 and any(bound and not round(bound, digits) for bound in (low, high)):
        digits += 1
    return digits


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _is(infos: list[RunInfo]) -> str:
    return "is" if len(infos) == 1 else "are"


def _listed(names: Sequence[str], word: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
