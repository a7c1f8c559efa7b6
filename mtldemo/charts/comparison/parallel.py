"""Settings and results side by side: an upright axis each, and a line for every run across all of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import MOST_IN_A_LEGEND, NEUTRAL, task_colour, with_alpha
from mtldemo.charts.comparison.look import add_notes
from mtldemo.charts.comparison.units import Metrics, measure_of
from mtldemo.charts.options import Chart
from mtldemo.charts.style import nothing_yet, panels, swatch, trace_id
from mtldemo.charts.task_rows import in_rows
from mtldemo.charts.words import headed, number, shortened
from mtldemo.tasks import Measure, Task

HEIGHT, LINE, WIDTH, RIGHT = 420, 16, 84, 44
"""Height of the chart in px, the least between two categories and between two axes, and the margin on the right."""
MOST_CHOICES = 24
"""A setting with more values than this that aren't numbers makes no axis."""
TICKS, LONGEST = 4, 14
"""Numbers on an axis, about, and letters of a task's title above it."""
LOG_SPREAD = 20.0
"""Positive numbers whose largest is so many times the smallest stand on a logarithmic axis."""


@dataclass(frozen=True)
class _Axis:
    """One upright axis: where each run stands on it (0 to 1, ``nan`` where it has no value) and what is written."""

    name: str
    heading: str
    positions: np.ndarray
    ticks: tuple[tuple[float, str], ...]
    shown: tuple[str, ...]


def parallel_settings(
    settings: pd.DataFrame, results: pd.DataFrame, tasks: Sequence[Task], *, by: Task | None = None,
    focus: Collection[str] = (), metrics: Metrics | None = None
) -> Chart:  # fmt: skip
    """A line a run across the settings that differ and the results; on the results' axes up is better.

    ``settings`` has a row a run: ``run``, ``arm`` and a column a setting. ``results`` has a row a run, task and metric:
    ``run``, ``task``, ``metric``, ``value``. Lines are in the colour of the task ``by`` (the first), the fuller, the
    better the run is on it; arms outside of ``focus`` are grey.
    """
    title = "Settings and results"
    caption = "One line a run. On the axes of results up is better"
    values: Any = results.pivot_table(index="run", columns=["task", "metric"], values="value") if len(results) else None
    shown = [task for task in tasks if values is not None and (task.name, measure_of(task, metrics).name) in values]
    if settings.empty or values is None or not shown:
        figure = nothing_yet("The first finished runs will appear here.")
        return Chart(title, f"{caption}.", figure, f"{title}: no run has finished yet.", pd.DataFrame())
    table: Any = settings[settings["run"].isin(list(values.index))].reset_index(drop=True)
    for task in shown:
        metric = measure_of(task, metrics)
        table[f"{task.name}_{metric.name}"] = values[(task.name, metric.name)].reindex(table["run"]).to_numpy()
    by = by if by in shown else shown[0]
    whole = len(shown)
    shown = _most_different(table, shown, by, metrics)
    names = [str(name) for name in settings.columns if name not in ("run", "arm", "seed")]
    axes = [axis for name in names if (axis := _setting_axis(name, table[name])) is not None]
    if not axes:
        axes = [_choices("Strategy", table["arm"].astype(str))]
    axes += [_result_axis(task, measure_of(task, metrics), table, tasks) for task in shown]
    colours = _colours(table, by, measure_of(by, metrics), focus, tasks)
    most = max(len(axis.ticks) for axis in axes)
    height = max(HEIGHT, LINE * most + 110)
    left = 26 + round(6 * max(len(text) for _, text in axes[0].ticks))
    grid = {"least": left + WIDTH * (len(axes) - 1) + RIGHT}
    figure = panels([""], revision=f"parallel {len(axes)}", height=height, linked=False, grid=grid)
    figure.add_traces(_lines(table, axes, colours))
    add_notes(figure, (note for index, axis in enumerate(axes) for note in _written(index, axis)))
    figure.update_layout(
        hovermode="closest",
        margin={"l": left, "r": RIGHT, "t": 64, "b": 16},
        shapes=[_upright(index) for index in range(len(axes))],
    )
    figure.update_xaxes(range=[-0.04, len(axes) - 0.9], visible=False, fixedrange=True)
    figure.update_yaxes(range=[-0.03, 1.03], visible=False, fixedrange=True)
    caption += f"; the fuller the colour, the better on {by.title}."
    if len(shown) < whole:
        caption += f" Of {whole} tasks, the {len(shown)} whose results differ most; the table has them all."
    return Chart(title, caption, figure, _words(table, axes, by, measure_of(by, metrics)), table, height)


def _most_different(table: pd.DataFrame, tasks: Sequence[Task], by: Task, metrics: Metrics | None) -> list[Task]:
    """``tasks`` as they are, or of many ``by`` and those whose errors differ most beside their mean, in their order."""
    if not in_rows(tasks):
        return list(tasks)
    spread = {}
    for task in tasks:
        metric = measure_of(task, metrics)
        values = table[f"{task.name}_{metric.name}"].to_numpy(dtype=np.float64)
        errors = np.array([metric.error(value) for value in values if np.isfinite(value)])
        spread[task] = float(errors.std() / errors.mean()) if len(errors) and errors.mean() > 0 else 0.0
    first = sorted(tasks, key=lambda task: (task != by, -spread[task]))[:MOST_IN_A_LEGEND]
    return [task for task in tasks if task in first]


def _setting_axis(name: str, column: Any) -> _Axis | None:
    """A setting as numbers where all of it is numbers, else as choices; ``None`` where it has too many."""
    numbers: Any = pd.to_numeric(column.where(~column.map(lambda value: isinstance(value, bool))), errors="coerce")
    if numbers.notna().all() and numbers.nunique() > 1:
        return _numbers(name, _broken(name), numbers.to_numpy(dtype=np.float64), "", better_up=True)
    texts = column.map(lambda value: "—" if value is None or value != value else str(value))
    return _choices(name, texts) if 1 < texts.nunique() <= MOST_CHOICES else None


def _choices(name: str, column: Any) -> _Axis:
    choices = list(dict.fromkeys(column))
    at = {choice: 1 - (index + 0.5) / len(choices) for index, choice in enumerate(choices)}
    ticks = tuple((at[choice], escape(shortened(choice, 16))) for choice in choices)
    return _Axis(name, _broken(name), column.map(at).to_numpy(dtype=np.float64), ticks, tuple(column))


def _result_axis(task: Task, metric: Measure, table: pd.DataFrame, tasks: Sequence[Task]) -> _Axis:
    values = metric.factor * table[f"{task.name}_{metric.name}"].to_numpy(dtype=np.float64)
    what = metric.title.replace("mean absolute", "mean")
    title = escape(shortened(task.title, LONGEST))
    heading = f"{swatch(task_colour(task, tasks), title)}<br>{escape(headed(what, metric.unit))}"
    return _numbers(f"{task.title} {what}", heading, values, metric.unit, better_up=metric.higher_is_better)


def _numbers(name: str, heading: str, values: np.ndarray, unit: str, *, better_up: bool) -> _Axis:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    log = low > 0 and high / low >= LOG_SPREAD
    along = np.log10 if log else np.asarray
    start, end = float(along(low)), float(along(high))
    whole = end - start or 1.0
    positions = (along(values) - start) / whole
    marks = _distinct(values) if len(_distinct(values)) <= TICKS + 1 else _round_numbers(start, end, log=log)
    ticks = [(float((along(mark) - start) / whole), number(float(mark))) for mark in marks]
    ticks = [(at if better_up else 1 - at, text) for at, text in ticks if -0.001 <= at <= 1.001]
    shown = tuple(f"{number(value)} {unit}".strip() for value in values)
    return _Axis(name, heading, positions if better_up else 1 - positions, tuple(ticks), shown)


def _distinct(values: np.ndarray) -> np.ndarray:
    return np.unique(values[np.isfinite(values)])


def _round_numbers(start: float, end: float, *, log: bool) -> np.ndarray:
    """Round numbers across the axis; ``start`` and ``end`` are logarithms where ``log``."""
    if log:
        powers = np.arange(np.floor(start), np.ceil(end) + 1)
        return 10.0**powers if end - start >= 2 else np.concatenate([10.0**powers, 3 * 10.0**powers])
    step = (end - start) / TICKS or 1.0
    size = 10 ** np.floor(np.log10(step))
    step = size * min((1, 2, 2.5, 5, 10), key=lambda factor: abs(factor * size - step))
    return np.arange(np.ceil(start / step), np.floor(end / step) + 1) * step


def _colours(
    table: pd.DataFrame, by: Task, metric: Measure, focus: Collection[str], tasks: Sequence[Task]
) -> list[str]:
    values = table[f"{by.name}_{metric.name}"]
    share = values.rank(pct=True, ascending=metric.higher_is_better).fillna(0).to_numpy()
    front = [arm in focus for arm in table["arm"]]
    anyone = any(front)
    return [
        with_alpha(task_colour(by, tasks), 0.15 + 0.75 * float(part) ** 2)
        if chosen or not anyone
        else with_alpha(NEUTRAL, 0.3)
        for part, chosen in zip(share, front, strict=True)
    ]


def _lines(table: pd.DataFrame, axes: list[_Axis], colours: list[str]) -> list[go.Scatter]:
    traces = []
    positions = np.column_stack([axis.positions for axis in axes])
    across = np.arange(len(axes), dtype=np.float64)
    for row, (run, arm) in enumerate(zip(table["run"], table["arm"], strict=True)):
        hover_lines = [escape(f"{axis.name} {axis.shown[row]}") for axis in axes]
        traces.append(
            go.Scatter(
                x=across,
                y=positions[row],
                mode="lines+markers",
                uid=trace_id(f"run {row} {run}"),
                meta={"arm": str(arm), "run": str(run)},
                line={"color": colours[row], "width": 2, "shape": "spline", "smoothing": 0.6},
                marker={"size": 5, "color": colours[row]},
                text=["<br>".join([f"<b>{escape(str(run))}</b>", *hover_lines])] * len(axes),
                hovertemplate="%{text}<extra></extra>",
                showlegend=False,
            )
        )
    return traces


def _written(index: int, axis: _Axis) -> list[dict[str, Any]]:
    """An axis's heading above it and its ticks beside it: those of the first stand outside."""
    common = {"xref": "x", "yref": "y", "showarrow": False}
    side = {"xanchor": "right", "xshift": -5} if index == 0 else {"xanchor": "left", "xshift": 4}
    ticks = [
        {**common, **side, "x": index, "y": at, "text": text, "yanchor": "middle", "font": {"size": 11}}
        for at, text in axis.ticks
    ]
    heading = {
        **common, "x": index, "y": 1.03, "text": axis.heading, "xanchor": "center",
        "yanchor": "bottom", "yshift": 4, "font": {"size": 11},
    }  # fmt: skip
    return [heading, *ticks]


def _upright(index: int) -> dict[str, Any]:
    ends = {"x0": index, "x1": index, "y0": 0, "y1": 1}
    return {"type": "line", "layer": "below", "xref": "x", "yref": "y", **ends, "line": {"color": NEUTRAL, "width": 1}}


def _broken(name: str) -> str:
    """A setting's name as a heading of two lines where it is long."""
    first, _, rest = name.partition(" ")
    return f"{escape(first)}<br>{escape(rest)}" if len(name) > 12 and rest else escape(name)


def _words(table: pd.DataFrame, axes: list[_Axis], by: Task, metric: Measure) -> str:
    values = table[f"{by.name}_{metric.name}"]
    best = values.idxmax() if metric.higher_is_better else values.idxmin()
    at_best = ", ".join(f"{axis.name} {axis.shown[int(best)]}" for axis in axes)  # type: ignore[call-overload]
    return f"{len(table)} runs on {len(axes)} axes. The best on {by.title} is {table['run'].loc[best]}: {at_best}."
