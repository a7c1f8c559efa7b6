"""What a comparison shows: findings that the intervals hold, and no others."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import pandas as pd

from mtldemo.config import RunConfig
from mtldemo.study.differences import comparable_groups, incomparable
from mtldemo.study.divergence import diverged_runs, lost_seeds
from mtldemo.study.findings import PLAIN_SUM, Budget, Finding, LeftOut, OneNetwork, Power, Verdict
from mtldemo.study.info import RunInfo
from mtldemo.study.intervals import t_quantile
from mtldemo.study.measures import Measure, key_metrics, measure_in, tasks_in
from mtldemo.study.moderated import FEWEST
from mtldemo.study.statistics import LEVEL, delta_m, differences_to, seeds_by_arm, tasks_by_arm
from mtldemo.study.status import Underway


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

    def finding(self, kind: Literal["better", "worse", "alone"], among: int) -> Finding:
        """What it shows, no further than such a number can go."""
        low, high = sorted(min(abs(value), self.measure.most) for value in (self.low, self.high))
        return Finding(kind, self.task, self.arm, low, high, self.measure, among)


def verdict(
    results: pd.DataFrame,
    baseline: str = PLAIN_SUM,
    infos: Sequence[RunInfo] = (),
    level: float = LEVEL,
    *,
    underway: Underway | None = None,
) -> Verdict:
    """What ``results`` show.

    An arm is found better or worse than ``baseline`` in a task's key metric only where its paired differences say so
    both alone and after Holm's correction for the number of arms (``statistics.differences_to``). ``infos``, the runs
    that the results are of, give the budget and those that are left out; runs on different data or splits get no
    verdict. ``underway`` says what is still to come of a study that isn't done.
    """
    if len(comparable_groups(infos)) > 1:
        return Verdict(baseline=baseline, silence="incomparable", remarks=tuple(incomparable(infos)))
    seeds, tasks, lost = seeds_by_arm(results), tasks_by_arm(results), lost_seeds(results)
    common: dict[str, Any] = {"baseline": baseline, "lost": lost, "left_out": _left_out(infos), "underway": underway}
    common["titles"] = {task.name: task.in_sentence for task in tasks_in(results)}
    most = max(seeds.values(), default=0)
    if most < 2:
        return Verdict(silence="one seed" if most else "untested", **common)
    strategies = [arm for arm, names in tasks.items() if len(names) > 1] or list(tasks)
    return Verdict(
        budget=_budget(infos, most),
        plain_sum=_is_plain_sum(baseline, infos),
        one_network=_one_network(results, level),
        fewer=tuple((arm, seeds[arm]) for arm in strategies if arm not in lost and seeds[arm] < most),
        **common,
        **_against(results, baseline, [arm for arm in strategies if arm != baseline], level),
    )


def _is_plain_sum(baseline: str, infos: Sequence[RunInfo]) -> bool:
    """Whether the baseline is the one arm that adds the losses up, whatever its name."""
    plain = {info.arm for info in infos if info.strategy == PLAIN_SUM and len(info.tasks) > 1} or {PLAIN_SUM}
    return plain == {baseline}


def _against(results: pd.DataFrame, baseline: str, others: list[str], level: float) -> dict[str, Any]:
    """The other strategies beside the baseline: the fields of the verdict."""
    lost = lost_seeds(results)
    if not seeds_by_arm(results).get(baseline):
        return {"silence": "baseline diverged" if baseline in lost else "baseline untested"}
    if not others:
        return {"silence": "baseline alone"}
    rows = [row for row in _differences(results, baseline, level) if row.arm in others and row.n > 1]
    if not rows:
        return {"silence": "no pairs"}
    findings, nearly, unclear = [], [], []
    tasks = tuple(dict.fromkeys(row.task for row in rows))
    for task in tasks:
        own = sorted((row for row in rows if row.task == task), key=lambda row: row.gain, reverse=True)
        better = [row.finding("better", len(own)) for row in own if row.better]
        findings += better + [row.finding("worse", len(own)) for row in reversed(own) if row.better is False]
        near = [row for row in own if row.better is None and row.gain > 0 and row.p < 1 - level and row.arm not in lost]
        nearly += [row.finding("alone", len(own)) for row in near]
        if not better:
            unclear.append(task)
    open_rows = [row for row in rows if row.task in unclear and row.better is None]
    return {
        "tasks": tasks,
        "findings": tuple(findings),
        "nearly": tuple(nearly),
        "open": tuple(unclear),
        "power": _power(open_rows, level) if open_rows else None,
    }


def _power(rows: list[Difference], level: float) -> Power:
    """How large a difference had to be to be seen at the usual scatter: what an arm's own interval asks, or the
    correction of the first arm where that is more."""
    needed, blind, seeds = [], [], max(row.n for row in rows)
    for task in dict.fromkeys(row.task for row in rows):
        own = [row for row in rows if row.task == task and row.n == seeds]
        if not own:
            continue
        half = statistics.median((row.high - row.low) / 2 for row in own)
        free = (seeds - 1) * (len(own) if len(own) >= FEWEST else 1)
        strict = t_quantile(free, 1 - (1 - level) / 2 / len(own)) / t_quantile(seeds - 1, (1 + level) / 2)
        measure, size = own[0].measure, half * max(strict, 1)
        if size >= measure.most:
            blind.append(task)
        elif half > 0:
            needed.append((task, size, measure))
    return Power(seeds, len({row.arm for row in rows}), tuple(needed), tuple(blind))


def _one_network(results: pd.DataFrame, level: float) -> OneNetwork | None:
    """The strategies beside one network for each task; ``None`` where no run has learned several tasks."""
    table = delta_m(results, level=level)
    if table.attrs.get("missing"):
        return OneNetwork("missing", table.attrs["missing"], table.attrs["diverged"])
    if table.attrs.get("reason"):
        return None
    rows = [row for row in table.to_dict("records") if int(row["n"]) > 1]
    if not rows:
        return OneNetwork("seeds")
    whole = [row for row in rows if row["arm"] not in table.attrs["lost"]]
    if not whole:
        return OneNetwork("lost")
    best = max(whole, key=lambda row: row["mean"])
    better, worse = (sum(row["better"] is side for row in rows) for side in (True, False))
    known = True if best["better"] else False if worse == len(rows) else None
    return OneNetwork(
        best=str(best["arm"]),
        low=float(best["low"]),
        high=float(best["high"]),
        better=known,
        arms_better=better,
        arms_worse=worse,
        arms=len(rows),
    )


def _differences(results: pd.DataFrame, baseline: str, level: float) -> list[Difference]:
    key = key_metrics(results)
    return [
        Difference(
            str(row["arm"]),
            str(row["task"]),
            measure_in(results, str(row["task"]), str(row["metric"])),
            int(row["n"]),
            float(row["gain"]),
            float(row["gain_low"]),
            float(row["gain_high"]),
            float(row["p"]),
            row["better"],
        )
        for row in differences_to(results, baseline, level).to_dict("records")
        if row["metric"] == key.get(str(row["task"]))
    ]


def _left_out(infos: Sequence[RunInfo]) -> LeftOut:
    """The runs that have no result, but for those that diverged, and what the data leave out."""
    lost = diverged_runs([info for info in infos if info.config is not None])
    states = [info.state for info in infos if info.config and info.test is None and info.path not in lost]
    return LeftOut(
        tuple((state, states.count(state)) for state in sorted(set(states))),
        sum(info.config is None for info in infos),
        tuple(sorted({info.data_notice for info in infos} - {""})),
    )


def _budget(infos: Sequence[RunInfo], seeds: int) -> Budget:
    tested = [info for info in infos if info.config is not None and info.test is not None]
    configs = [info.config for info in tested if info.config is not None]
    if not configs:
        return Budget(seeds=seeds)
    steps, epochs = _common(configs, lambda config: config.steps), _common(configs, lambda config: config.epochs)
    return Budget(
        dataset=tested[0].dataset_name,
        image_size=_common(configs, lambda config: config.data.image_size) or 0,
        steps=steps or 0,
        epochs=(epochs or 0) if steps == 0 else 0,
        equal_time=steps is None and all(info.study for info in tested),
        seeds=seeds,
    )


def _common(configs: list[RunConfig], value: Callable[[RunConfig], int]) -> int | None:
    """The value that all configs have; ``None`` where they differ."""
    values = {value(config) for config in configs}
    return values.pop() if len(values) == 1 else None
