"""How many tasks are drawn over time: the rows of a heat map, in the place of a curve or a panel for each.

A row is a task, a column a stretch of the training, a cell's colour its ``strength`` from -1 (purple) over 0 (bare) to
1 (grey). What a cell says on hover is its value in the task's unit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mtldemo.charts.colours import MOST_IN_A_LEGEND, NEUTRAL, PURPLE, task_colour, with_alpha
from mtldemo.charts.style import axes, panels, swatch, trace_id
from mtldemo.charts.thin import bucket_means
from mtldemo.charts.words import number, short_names
from mtldemo.tasks import Task

DIFFERING_FIRST = "The tasks on which the strategies differ most stand first."
SPANS, FEWER_SPANS = 60, 30
"""Columns of a heat map, and of one among many: a live page is sent them again and again."""
ROW, SMALL_ROW, TOP, BOTTOM = 16, 13, 14, 48
"""Height of a row in px, of one in a panel among many, and of what is above and below the rows."""
LONGEST, LETTER = 20, 6.2
"""Letters of a task's title beside its row, and the px of one."""
DIVERGING = [[0, with_alpha(PURPLE, 0.9)], [0.5, with_alpha(NEUTRAL, 0.05)], [1, with_alpha(NEUTRAL, 0.9)]]
"""Purple for what is below zero, grey for what is above."""


@dataclass(frozen=True)
class TaskRows:
    """What is drawn of K tasks: ``values`` [K, M] as they are shown, over ``x`` [M]; ``nan`` where there is none."""

    x: np.ndarray
    values: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """The first number of each task [K]; ``nan`` where there is none."""
        return first_known(self.values)

    @staticmethod
    def of(x: np.ndarray, values: np.ndarray, spans: int = SPANS) -> "TaskRows":
        """``values`` [N, K] over ``x`` [N], averaged over stretches so that at most ``spans`` columns are left."""
        means = bucket_means(np.column_stack([x, values]), spans)
        return TaskRows(means[:, 0], means[:, 1:].T)


def in_rows(tasks: Sequence[Task]) -> bool:
    """Whether so many tasks are rows of a heat map. Fewer have a curve each: in one panel where they share a unit, else
    in a panel each."""
    return len(tasks) > MOST_IN_A_LEGEND


def part_gone(errors: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The part of the ``first`` error [K] that is gone from ``errors`` [K, M]: 1 is perfect, 0 as at first, and below 0
    it is worse."""
    base = np.broadcast_to(first[:, None], errors.shape)
    return np.clip(1 - np.divide(errors, base, out=np.full(errors.shape, np.nan), where=base > 0), -1, 1)


def first_known(values: np.ndarray) -> np.ndarray:
    """The first number of each row of ``values`` [K, M]; ``nan`` in a row without any."""
    known = np.isfinite(values)
    first = values[np.arange(len(values)), known.argmax(axis=1)] if values.shape[1] else np.full(len(values), np.nan)
    return np.where(known.any(axis=1), first, np.nan)


def part_of_most(values: np.ndarray, *, log: bool = False) -> np.ndarray:
    """``values`` [K, M] of one unit as parts, -1 to 1, of the largest size among them; ``log``: 0.05 for the smallest
    to 1 for the largest one, by their logarithms, ``nan`` for those that aren't positive."""
    known = values[np.isfinite(values) & ((values > 0) if log else True)]
    if not len(known):
        return np.full(values.shape, np.nan)
    if not log:
        return values / (np.abs(known).max() or 1.0)
    logs = np.log10(np.where(values > 0, values, np.nan))
    low, high = float(np.log10(known.min())), float(np.log10(known.max()))
    return 0.05 + 0.95 * (logs - low) / (high - low or 1.0)


def task_rows(
    tasks: Sequence[Task],
    rows: Sequence[TaskRows],
    strengths: Sequence[np.ndarray],
    *,
    headings: Sequence[str] = ("",),
    shown: Callable[[Task, float], str],
    x_settings: dict[str, Any],
    revision: str,
    metas: Sequence[dict[str, Any]] = ({},),
) -> go.Figure:
    """A figure with a panel of ``tasks`` for each of ``rows``, coloured by its ``strengths`` [K, M].

    All panels have one order: the largest mean strength on top. ``shown`` writes a task's value with its unit. A
    panel alone has each task's newest value beside its row. ``metas`` are the panels' traces' own.
    """
    several = len(rows) > 1
    with np.errstate(invalid="ignore"):
        order = _order(np.column_stack(list(strengths)))
    names = short_names((tasks[index].title for index in order), LONGEST)
    row_height = SMALL_ROW if several else ROW
    top = TOP + 20 if several else TOP
    height = top + row_height * len(tasks) + BOTTOM
    newest = [] if several else [_newest(tasks[index], rows[0].values[index], shown) for index in order]
    # A title may stand twice; rows are told apart by their number.
    axis = {
        "tickvals": list(range(len(order))),
        "ticktext": [swatch(task_colour(tasks[index], tasks), escape(names[tasks[index].title])) for index in order],
        "tickfont": {"size": 10 if several else 11},
        "range": [len(order) - 0.5, -0.5],
        "showgrid": False,
        "ticks": "",
        "fixedrange": True,
    }
    left = round(26 + LETTER * max(len(name) for name in names.values()))
    grid = {"narrowest": 170, "across": 16, "down": 40, "shared": "y"} if several else None
    figure = panels(
        headings, x={**x_settings, "showgrid": False}, y=[axis] * len(rows), revision=revision, height=height, grid=grid
    )
    hover_x = x_settings["unifiedhovertitle"]["text"]
    for panel, (part, strength, meta) in enumerate(zip(rows, strengths, metas, strict=True)):
        words = [[_cell(tasks[index], float(value), shown) for value in part.values[index]] for index in order]
        figure.add_trace(
            go.Heatmap(
                x=part.x.astype(np.float32),
                y=np.arange(len(order)),
                z=strength[order].astype(np.float32),
                text=words,
                zmin=-1,
                zmax=1,
                colorscale=DIVERGING,
                showscale=False,
                ygap=1,
                uid=trace_id(f"rows {panel} {headings[panel]}"),
                hovertemplate=f"%{{y}}: <b>%{{text}}</b><br>{hover_x}<extra></extra>",
                meta=meta or None,
                **axes(panel),
            )
        )
    notes = [
        {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 6, "y": row, "showarrow": False, "text": escape(text),
         "font": {"size": 11}}
        for row, text in enumerate(newest)
    ]  # fmt: skip
    figure.layout["annotations"] = [*figure.layout["annotations"], *notes]
    right = round(12 + LETTER * max(map(len, newest), default=0))
    figure.update_layout(hovermode="closest", margin={"l": left, "r": right, "t": top, "b": BOTTOM})
    return figure


def _order(strengths: np.ndarray) -> np.ndarray:
    """The rows of ``strengths`` [K, M] by their mean, the largest first; means move slowly, so that the rows of a live
    chart seldom change places."""
    known = np.isfinite(strengths)
    sums = np.where(known, strengths, 0.0).sum(axis=1)
    return np.argsort(-np.round(sums / np.maximum(known.sum(axis=1), 1), 2), kind="stable")


def _newest(task: Task, values: np.ndarray, shown: Callable[[Task, float], str]) -> str:
    known = values[np.isfinite(values)]
    return shown(task, float(known[-1])) if len(known) else "—"


def _cell(task: Task, value: float, shown: Callable[[Task, float], str]) -> str:
    return escape(shown(task, value)) if np.isfinite(value) else "nothing recorded"


def plain_number(task: Task, value: float) -> str:
    """A value without a unit, whatever the ``task``."""
    return number(value)


def percent(task: Task, value: float) -> str:
    """A share that is in percent, whatever the ``task``."""
    return f"{value:.1f} %"


def gone_words(tasks: Sequence[Task], parts: np.ndarray, what: str) -> str:
    """How much of the tasks' first ``what`` is gone, ``parts`` [K] of it, from the most to the least in words."""
    known = [(float(part), task.title) for part, task in zip(parts, tasks, strict=True) if np.isfinite(part)]
    if not known:
        return f"No {what} of {len(tasks)} tasks can be compared with its first yet"
    most, least = max(known), min(known)
    worse = sum(part < 0 for part, _ in known)
    return (
        f"Of the first {what} of {len(known)} tasks, {100 * np.median([part for part, _ in known]):.0f} % is gone in "
        f"the median; most of {most[1]} ({100 * most[0]:.0f} %), least of {least[1]} ({100 * least[0]:.0f} %); "
        f"{worse} {'is' if worse == 1 else 'are'} worse than at first"
    )


def newest_words(tasks: Sequence[Task], newest: np.ndarray, shown: Callable[[Task, float], str]) -> str:
    """The tasks' ``newest`` [K] values; of many the largest three and the smallest."""
    known = [index for index in range(len(tasks)) if np.isfinite(newest[index])]
    if in_rows(tasks):
        known.sort(key=lambda index: -newest[index])
    parts = [f"{tasks[index].title} {shown(tasks[index], float(newest[index]))}" for index in known]
    if len(parts) <= MOST_IN_A_LEGEND:
        return ", ".join(parts) or "none yet"
    return f"{', '.join(parts[:3])}, last of {len(parts)} {parts[-1]}"
