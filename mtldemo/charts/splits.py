"""How alike training, validation and test are: a panel a task with the share of each label, of many tasks a heat map.

``table`` is a data set's table: a column a task (NaN where there is no label) and ``split``.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.class_groups import grouped_classes
from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.comparison.heat import Cell, Heading, heat
from mtldemo.charts.dataset import class_counts, histogram, labels_of
from mtldemo.charts.options import Chart
from mtldemo.charts.style import (
    axes,
    figure_height,
    hover_value,
    legend_entry,
    nothing_yet,
    panel_title,
    panels,
    trace_id,
)
from mtldemo.charts.task_rows import in_rows
from mtldemo.charts.words import short_names
from mtldemo.tasks import REGRESSION, Task

SPLIT_TITLES = {"train": "training", "val": "validation", "test": "test"}
SPLIT_ALPHAS = (1.0, 0.65, 0.35)
FEW_BANDS = 6
"""Bars of a regression's labels for each split, about."""
LONGEST = 12
"""Letters of a label below its bars."""
LARGE = 10.0
"""Percentage points of difference that have the fullest colour, at least."""


def split_balance(table: pd.DataFrame, tasks: Sequence[Task]) -> Chart:
    """How alike the splits are: the share of each label within training, validation and test.

    Of many tasks, the largest difference to training among the labels of each.
    """
    title = "Training, validation and test are alike"
    caption = "Share of each label within its split. The bars of a group should be equally high."
    data: Any = pd.DataFrame([row for task in tasks for row in _shares(table, task)])
    if data.empty or not data["pictures"].sum():
        return Chart(title, caption, nothing_yet("No picture has a label."), "No picture has a label.", data.iloc[:0])
    splits = table["split"].to_numpy()
    counts = ", ".join(f"{int((splits == split).sum()):,} pictures for {word}" for split, word in SPLIT_TITLES.items())
    shares = data.pivot_table(index=["task", "label"], columns="split", values="share", observed=True)
    largest = float(100 * (shares.max(axis=1) - shares.min(axis=1)).max())
    alt = f"{counts}; the largest difference in a label's share is {largest:.1f} %."
    if in_rows(tasks):
        caption = (
            "The largest difference between a label's share in training and in the other split, in percentage points: "
            "the fuller, the larger. The least balanced tasks stand first."
        )
        figure = _map(data, tasks)
        return Chart(title, caption, figure, alt, data, figure_height(figure))
    figure = _bars(data, tasks)
    return Chart(title, caption, figure, alt, data, figure_height(figure))


def _shares(table: pd.DataFrame, task: Task) -> list[dict[str, Any]]:
    """A row a split and label, or group of labels."""
    if task.kind == REGRESSION:
        parts = {
            word: histogram(labels_of(table, task, split), task, FEW_BANDS) for split, word in SPLIT_TITLES.items()
        }
        names, by_split = next(iter(parts.values()))[1], {word: counts for word, (_, _, counts) in parts.items()}
    else:
        by_split = {word: class_counts(labels_of(table, task, split), task)[2] for split, word in SPLIT_TITLES.items()}
        group, names = grouped_classes(np.sum(list(by_split.values()), axis=0), list(task.classes))
        by_split = {word: np.bincount(group, counts, len(names)) for word, counts in by_split.items()}
    return [
        {"task": task.name, "split": word, "label": name, "pictures": int(count),
         "share": float(count) / max(float(counts.sum()), 1.0)}
        for word, counts in by_split.items()
        for name, count in zip(names, counts, strict=True)
    ]  # fmt: skip


def _bars(data: pd.DataFrame, tasks: Sequence[Task]) -> go.Figure:
    """A panel a task, a group of bars a label, a bar a split."""
    y = [{"ticksuffix": " %", "rangemode": "tozero"}] * len(tasks)
    titles = [panel_title(task, "", tasks) for task in tasks]
    figure = panels(titles, y=y, revision="splits", height=320, linked=False, grid={"down": 100})
    for index, task in enumerate(tasks):
        for word, alpha in zip(SPLIT_TITLES.values(), SPLIT_ALPHAS, strict=True):
            part: Any = data[(data["task"] == task.name) & (data["split"] == word)]
            figure.add_trace(
                go.Bar(
                    x=[escape(label) for label in part["label"]],
                    y=100 * part["share"].to_numpy(),
                    customdata=part["pictures"].to_numpy(),
                    name=word,
                    uid=trace_id(f"{task.name} {word}"),
                    offsetgroup=word,
                    legendgroup=word,
                    showlegend=False,
                    marker={"color": with_alpha(task_colour(task, tasks), alpha), "line": {"width": 0}},
                    hovertemplate=hover_value(task, "%{y:.1f} % (%{customdata:,})", "", word),
                    **axes(index),
                )
            )
        forms = short_names(dict.fromkeys(data.loc[data["task"] == task.name, "label"]), LONGEST)
        figure.layout[f"xaxis{'' if index == 0 else index + 1}"].update(
            tickvals=[escape(label) for label in forms], ticktext=[escape(form) for form in forms.values()]
        )
    for word, alpha in zip(SPLIT_TITLES.values(), SPLIT_ALPHAS, strict=True):
        marker = {"symbol": "square", "size": 11, "color": with_alpha(NEUTRAL, alpha)}
        figure.add_trace(legend_entry(word, word, mode="markers", marker=marker))
    figure.update_layout(barmode="group", bargap=0.25, margin={"b": 84})
    figure.update_xaxes(type="category", showgrid=False, autotickangles=[0, 90])
    return figure


def _map(data: pd.DataFrame, tasks: Sequence[Task]) -> go.Figure:
    """A row a task with a cell for each split beside training: the largest difference among its labels."""
    others = [word for word in SPLIT_TITLES.values() if word != "training"]
    gaps: dict[str, dict[str, tuple[float, str]]] = {}
    for task in tasks:
        rows = data[data["task"] == task.name].pivot_table(
            index="label", columns="split", values=["share", "pictures"], sort=False, observed=True
        )
        gaps[task.name] = {
            word: _gap(rows, word) for word in others if min(rows["pictures"][[word, "training"]].sum()) > 0
        }
    reach = max([LARGE, *(gap for by_split in gaps.values() for gap, _ in by_split.values())])
    cells = {
        (word, name): Cell(text=f"{gap:.1f}", strength=gap / reach, hover=hover)
        for name, by_split in gaps.items()
        for word, (gap, hover) in by_split.items()
    }
    order = sorted(tasks, key=lambda task: -max((gap for gap, _ in gaps[task.name].values()), default=0.0))
    headings = {task.name: Heading((task.title,), (task_colour(task, tasks),)) for task in order}
    return heat(others, headings, cells, name="splits")


def _gap(rows: Any, word: str) -> tuple[float, str]:
    """The largest difference of a label's share to that in training, in percentage points, and what it is of."""
    share, training = 100 * rows["share"][word], 100 * rows["share"]["training"]
    label = (share - training).abs().idxmax()
    hover = f"{escape(str(label))} {share[label]:.1f} %, in training {training[label]:.1f} %"
    return float(abs(share[label] - training[label])), hover
