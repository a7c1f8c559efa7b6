"""What a way of sharing has learned: who listens to whom, or how far the tasks' weights are apart, epoch by epoch."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, PURPLE, task_colour, with_alpha
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import axes, hover_name, nothing_yet, panels, swatch
from mtldemo.charts.words import number, shortened
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import Task

TITLE = "Who listens to whom"
CAPTION = (
    "How much each task reads of every task, or of every expert, epoch by epoch: the fuller, the more; purple is less "
    "than nothing. Shares of experts are means over the last batch of an epoch."
)
DISTANCE_TITLE = "How far the networks are apart"
DISTANCE_CAPTION = "Each task's distance from the mean of all, stage by stage, as a share of the mean's length."
DISTANCE = "distance from the mean"
"""What soft sharing calls its numbers."""
MOST_ROWS = 30
"""Of pairs over the epochs; where there are more, the last epoch is drawn as a table of tasks and columns."""
ROW, TOP, BOTTOM, LETTER, LONGEST = 17, 30, 44, 6.2, 22
"""Px of a row, above and below the rows, and of a letter beside them; letters of a name."""


def listening(frame: RunFrame, tasks: Sequence[Task], options: ChartOptions) -> Chart:
    """What the way of sharing recorded at the end of each epoch; empty for one that learns nothing."""
    del options
    epochs = [record for record in frame.epochs if record.get("sharing")]
    apart = bool(epochs) and DISTANCE in epochs[-1]["sharing"]
    title, caption = (DISTANCE_TITLE, DISTANCE_CAPTION) if apart else (TITLE, CAPTION)
    if not epochs:
        return Chart(title, caption, nothing_yet("The first epoch will appear here."), f"{title}: nothing yet.", _EMPTY)
    rows = [row for record in epochs for row in _rows(record, tasks)]
    table = pd.DataFrame(rows, columns=_EMPTY.columns)
    parts = list(dict.fromkeys(part for _, part, *_ in rows))
    most_pairs = max(len({(task, reads) for _, one, task, reads, _ in rows if one == part}) for part in parts)
    over_time = most_pairs <= MOST_ROWS
    if not over_time:
        caption += f" Drawn is epoch {epochs[-1]['epoch']}."
    figure = panels(
        [f"<b>{escape(part.capitalize())}</b>" for part in parts], revision=f"listening.{over_time}", linked=False
    )
    titles = {task.name: task.title for task in tasks}
    largest = max([1e-12, *(abs(value) for *_, value in rows if value == value)])
    lines = 2
    for place, part in enumerate(parts):
        of_part = pd.DataFrame([row for row in rows if row[1] == part], columns=_EMPTY.columns)
        cells = _over_time(of_part, titles, tasks) if over_time else _newest(of_part, titles, tasks)
        lines = max(lines, len(cells["y"]))
        figure.add_trace(go.Heatmap(**cells, **_colours(largest), **axes(place), showscale=False, uid=part))
    longest = max(len(str(name)) for trace in figure.data for name in trace["customdata"])  # type: ignore[union-attr]
    left = round(LETTER * min(longest, 2 * LONGEST + 3) + 16)
    figure.update_yaxes(autorange="reversed", showgrid=False, ticks="", tickmode="linear", dtick=1)
    figure.update_xaxes(title={"text": "Epoch" if over_time else "", "standoff": 6}, showgrid=False)
    height = TOP + ROW * lines + BOTTOM
    figure.update_layout(height=height, margin={"l": left, "r": 12, "t": TOP, "b": BOTTOM}, hovermode="closest")
    figure.update_layout(meta={**figure.layout["meta"], "narrowest": left + 150, "across": left + 16})
    return Chart(title, caption, figure, _said(rows, titles, apart), table, height)


Row = tuple[int, str, str, str, float]
"""Epoch, part, task, what it reads, and how much."""
_EMPTY = pd.DataFrame(columns=["epoch", "part", "task", "reads", "value"])


def _rows(record: Mapping[str, Any], tasks: Sequence[Task]) -> list[Row]:
    return [
        (record["epoch"], part, task.name, column, np.nan if value is None else value)
        for part, by_task in record["sharing"].items()
        for task in tasks
        for column, value in by_task.get(task.name, {}).items()
    ]


def _over_time(rows: pd.DataFrame, titles: Mapping[str, str], tasks: Sequence[Task]) -> dict[str, Any]:
    """A row for each task and what it reads, a column for each epoch."""
    wide = rows.pivot_table(index=["task", "reads"], columns="epoch", values="value", sort=False)
    pairs = [(str(task), str(column)) for task, column in wide.index]
    names = [f"{_short(titles, task)} ← {_short(titles, column)}" for task, column in pairs]
    colours = {task.name: task_colour(task, tasks) for task in tasks}
    return {
        "z": wide.to_numpy(),
        "x": list(wide.columns),
        "y": [swatch(colours[task], name) for (task, _), name in zip(pairs, names, strict=True)],
        "customdata": [[hover_name(name)] * wide.shape[1] for name in names],
        "hovertemplate": "%{customdata}: %{z:.3g} after epoch %{x}<extra></extra>",
        "xgap": 1,
        "ygap": 1,
    }


def _newest(rows: pd.DataFrame, titles: Mapping[str, str], tasks: Sequence[Task]) -> dict[str, Any]:
    """A row for each task, a column for each that it reads, after the last epoch."""
    wide = rows[rows["epoch"] == rows["epoch"].max()].pivot_table(
        index="task", columns="reads", values="value", sort=False
    )
    colours = {task.name: task_colour(task, tasks) for task in tasks}
    return {
        "z": wide.to_numpy(),
        "x": [_short(titles, str(column)) for column in wide.columns],
        "y": [swatch(colours[str(task)], _short(titles, str(task))) for task in wide.index],
        "customdata": [[hover_name(_short(titles, str(task)))] * wide.shape[1] for task in wide.index],
        "hovertemplate": "%{customdata} ← %{x}: %{z:.3g}<extra></extra>",
        "xgap": 1,
        "ygap": 1,
    }


def _short(titles: Mapping[str, str], name: str) -> str:
    return escape(shortened(titles.get(name, name), LONGEST))


def _colours(largest: float) -> dict[str, Any]:
    scale = [[0, with_alpha(PURPLE, 0.9)], [0.5, with_alpha(NEUTRAL, 0.04)], [1, with_alpha(NEUTRAL, 0.9)]]
    return {"colorscale": scale, "zmin": -largest, "zmax": largest}


def _said(rows: Sequence[Row], titles: Mapping[str, str], apart: bool) -> str:
    """The largest number of the last epoch, in a sentence."""
    last = max(epoch for epoch, *_ in rows)
    others = [row for row in rows if row[0] == last and row[4] == row[4] and (apart or row[2] != row[3])]
    if not others:
        return "Each task reads itself alone."
    epoch, part, task, column, value = max(others, key=lambda row: row[4])
    task, column = titles.get(task, task), titles.get(column, column)
    if apart:
        return f"After epoch {epoch} {task} is farthest from the mean, at {column}: {number(value)} of its length."
    return f"After epoch {epoch} {task} reads {number(value)} of {column}, {part}: the most of all."
