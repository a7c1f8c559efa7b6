"""The tables of a report: results with their intervals, differences, what the arms are, and the runs."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from mtldemo.charts.words import headed
from mtldemo.config import listed_settings
from mtldemo.errors import readable
from mtldemo.study.arms import FREE, arms
from mtldemo.study.differences import differences
from mtldemo.study.divergence import DivergedSeeds, diverged_runs
from mtldemo.study.info import RunInfo
from mtldemo.study.measures import Measure
from mtldemo.study.report_page import table
from mtldemo.study.wording import interval
from mtldemo.tasks import Task
from mtldemo.titles import last_part, weights_title

DASH = "–"


def results_table(
    order: Sequence[str], tasks: Sequence[Task], summary: pd.DataFrame, differences: pd.DataFrame,
    minutes: Mapping[str, float], baseline: str
) -> str:  # fmt: skip
    """A row an arm: the mean of each task's key metric with its interval, and below the difference to the baseline."""
    cells = _by_arm(summary, tasks)
    gains = _by_arm(differences, tasks)
    # The means of what is left of an arm flatter it.
    lost: Mapping[str, DivergedSeeds] = summary.attrs.get("lost", {})
    best = {task.name: _best(task, {key: row for key, row in cells.items() if key[0] not in lost}) for task in tasks}
    header = ["Strategy"]
    header += [f"{task.title}: {headed(task.measure.plain, task.measure.unit)}" for task in tasks]
    header += ["Minutes a run", "Seeds"]
    rows = []
    for arm in order:
        own = [cells.get((arm, task.name)) for task in tasks]
        seeds = str(max((int(row["n"]) for row in own if row is not None), default=0))
        if arm in lost:
            seeds += f"<small>{lost[arm].share}</small>"
        shown = [
            _result(task, row, gains.get((arm, task.name)), marked=best[task.name] == arm)
            for task, row in zip(tasks, own, strict=True)
        ]
        shown += [f"{minutes[arm]:.1f}" if arm in minutes else DASH, seeds]
        rows.append(("baseline" if arm == baseline else "", arm, shown))
    caption = (
        f"On the held-out pictures: mean over seeds with its 95 % interval; below it the difference to {baseline}, ▲ "
        "better or ▼ worse by more than chance (paired by seed, Holm's correction). The best mean is bold."
    ) + (f" {differences.attrs['note']}" if differences.attrs.get("note") else "")
    return table(caption, header, rows)


def differences_table(tasks: Sequence[Task], differences: pd.DataFrame, baseline: str) -> str:
    """A row an arm and task."""
    titles, rows = {task.name: task for task in tasks}, []
    lost: Mapping[str, DivergedSeeds] = differences.attrs.get("lost", {})
    for row in differences.to_dict("records"):
        task = titles.get(row["task"])
        if task is None or row["metric"] != task.metric or not row["n"]:
            continue
        measure = task.measure
        unclear = lost[row["arm"]].share if row["arm"] in lost else "may be chance"
        says = unclear if row["better"] is None else "better" if row["better"] else "worse"
        cells = [
            escape(task.title),
            says if row["n"] > 1 else "one seed says nothing",
            str(row["n"]),
            f"{measure.factor * row['gain']:+.3g} {measure.difference_unit}",
            _interval(measure, row["gain_low"], row["gain_high"]),
            _p(row["p"]),
            _p(row["p_holm"]),
        ]
        rows.append(("", str(row["arm"]), cells))
    header = ["Strategy", "Task", "Says", "Pairs", "Difference", "95 % interval", "p", "p, corrected"]
    caption = (
        f"Difference to {baseline}, paired by seed; positive is better. {differences.attrs.get('note', '')}".rstrip()
    )
    return table(caption, header, rows, texts=2) if rows else ""


def arms_table(infos: Sequence[RunInfo]) -> str:
    """What tells the arms apart: a row an arm, a column a setting."""
    firsts = {arm: members[0] for arm, members in arms(infos).items()}
    varied: Any = differences(list(firsts.values()))
    names = [name for name in varied.columns if not name.startswith(FREE)]
    if not names:
        return ""
    labels = varied.attrs.get("labels", {})
    rows = [("", arm, [escape(str(value)) for value in varied[names].iloc[row]]) for row, arm in enumerate(firsts)]
    header = ["Strategy", *(str(labels.get(name, name)) for name in names)]
    return table("The settings in which the strategies differ.", header, rows, texts=len(names))


def settings_table(infos: Sequence[RunInfo]) -> str:
    """The settings that all runs share, as the first one has them."""
    config = infos[0].config
    if config is None:
        return ""
    differing = set(differences(infos).columns)
    rows = []
    for name, declared, value in listed_settings(config, own_split=any(info.own_split for info in infos)):
        if name not in differing and not any(other.startswith(f"{name}.") for other in differing):
            rows.append(("", declared.setting.label, [escape(_plain(name, value)), f"<code>{escape(name)}</code>"]))
    return table("The settings that all runs share.", ["Setting", "Value", "Name"], rows, texts=2)


def runs_table(infos: Sequence[RunInfo], tasks: Sequence[Task]) -> str:
    """A row a run, with what is wrong with it."""
    rows, diverged = [], diverged_runs([info for info in infos if info.config is not None])
    for info in infos:
        shown = [
            escape(info.arm or DASH),
            escape(info.problem or ("diverged" if info.path in diverged else info.state)),
            DASH if info.seed is None else str(info.seed),
            str(info.epochs_done),
            f"{info.time_s / 60:.1f}",
        ]
        metrics = (info.test or {}).get("metrics") or {}
        for task in tasks:
            value = (metrics.get(task.name) or {}).get(task.metric)
            if not isinstance(value, int | float) or not math.isfinite(value):
                shown.append(DASH)
                continue
            shown.append(_number(task.measure, task.measure.factor * value))
        rows.append(("", info.name, shown))
    titles = [headed(task.title, task.measure.unit) for task in tasks]
    header = ["Run", "Strategy", "State", "Seed", "Epochs", "Minutes", *titles]
    return table("Every run, with its result on the held-out pictures.", header, rows, texts=2)


def _by_arm(frame: pd.DataFrame, tasks: Sequence[Task]) -> dict[tuple[str, str], dict[Any, Any]]:
    key = {task.name: task.metric for task in tasks}
    return {(row["arm"], row["task"]): row for row in frame.to_dict("records") if key.get(row["task"]) == row["metric"]}


def _best(task: Task, cells: Mapping[tuple[str, str], Mapping[Any, Any]]) -> str:
    means = {arm: row["mean"] for (arm, name), row in cells.items() if name == task.name and math.isfinite(row["mean"])}
    choose = max if task.higher_is_better else min
    return choose(means, key=means.__getitem__) if means else ""


def _result(task: Task, row: Mapping[Any, Any] | None, gain: Mapping[Any, Any] | None, *, marked: bool) -> str:
    if row is None:
        return DASH
    if not row["n"]:
        return "diverged"
    measure = task.measure
    mean = _number(measure, measure.factor * row["mean"])
    mean = f'<span class="best">{mean}</span>' if marked else mean
    around = interval(measure, row["low"], row["high"]) if math.isfinite(row["low"]) else ""
    cell = f"{mean}<small>{around}</small>" if around else mean
    if gain is None or not math.isfinite(gain["gain"]):
        return cell
    kind, mark = {None: ("", ""), True: ("better", "▲ "), False: ("worse", "▼ ")}[gain["better"]]
    return f'{cell}<small class="{kind}">{mark}{_signed(measure, measure.factor * gain["mean"])}</small>'


def _interval(measure: Measure, low: float, high: float) -> str:
    known = math.isfinite(low) and math.isfinite(high)
    return interval(measure, low, high, difference=True) if known else "no interval"


def _number(measure: Measure, value: float) -> str:
    return f"{value:,.{measure.digits}f}"


def _signed(measure: Measure, value: float) -> str:
    return f"{value:+,.{measure.digits}f}".replace("-", "−")


def _p(value: float) -> str:
    return DASH if not math.isfinite(value) else "&lt; 0.001" if value < 0.001 else f"{value:.3f}"


def _plain(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "data.source":
        # A report goes to others, whom the folders of this machine don't concern.
        return last_part(str(value))
    if name == "model.init_from":
        return weights_title(str(value))
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain('', item)}" for key, item in value.items()) or DASH
    return readable(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
