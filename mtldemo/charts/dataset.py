"""What a data set holds: how often each label occurs, and how many there are.

``table`` is a data set's table: a column a task (NaN where there is no label) and ``split``.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import task_colour
from mtldemo.charts.options import Chart
from mtldemo.charts.style import hover_name, nothing_yet, panels
from mtldemo.charts.words import short_names
from mtldemo.tasks import REGRESSION, Task
from mtldemo.tasks.bands import bands

LONGEST = 18
"""Letters of a task's or class's name beside the axis."""
MOST_CLASSES = 30
"""Classes that have a bar, the most frequent ones."""
BANDS = 24
"""Bars of a regression's labels, about."""


def label_distribution(table: pd.DataFrame, task: Task, tasks: Sequence[Task] = ()) -> Chart:
    """How often each label of ``task`` occurs: a histogram over years, or a bar a class with its share."""
    labels = labels_of(table, task)
    title, missing = task.title, int(len(table) - len(labels))
    caption = f"{missing:,} pictures have no label." if missing else "Every picture has a label."
    if not len(labels):
        figure = nothing_yet("No picture has a label for this task.")
        return Chart(title, caption, figure, f"No picture has a label for {task.title}.", pd.DataFrame())
    regression = task.kind == REGRESSION
    edges, names, counts = histogram(labels, task) if regression else class_counts(labels, task)
    shares = 100 * counts / counts.sum()
    if not regression and len(counts) > MOST_CLASSES:
        caption += f" The {MOST_CLASSES} most frequent of {len(counts):,} classes are shown."
        order = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
        names, counts, shares = [names[index] for index in order], counts[order], shares[order]
    unit = f" {hover_name(task.unit)}" if regression and task.unit else ""
    figure = panels([""], revision="labels", height=240, linked=False)
    bars = go.Bar(
        x=(edges[1:] + edges[:-1]) / 2 if regression else [escape(name) for name in names],
        y=counts,
        customdata=np.column_stack([[escape(name) for name in names], np.round(shares, 1).astype(str)]),
        marker={"color": task_colour(task, tasks), "line": {"width": 0}},
        hovertemplate=f"<b>{hover_name(task.title)}</b><br>"
        f"%{{customdata[0]}}{unit}: %{{y:,}} pictures (%{{customdata[1]}} %)<extra></extra>",
        uid=task.name,
        showlegend=False,
        cliponaxis=False,
    )
    if not regression:
        # Classes may be called 0 and 1.
        forms = short_names(names, LONGEST)
        ticks: dict[str, Any] = {
            "tickvals": [escape(name) for name in forms],
            "ticktext": [escape(form) for form in forms.values()],
        }
        figure.update_xaxes(type="category", automargin=True, autotickangles=[0, 90], **ticks)
        bars.update(text=[f"{share:.0f} %" for share in shares], textposition="outside")
    figure.add_trace(bars)
    figure.update_layout(hovermode="closest", bargap=0.06 if regression else 0.35, margin={"t": 20})
    figure.update_yaxes(title={"text": "Pictures", "standoff": 4}, rangemode="tozero")
    figure.update_xaxes(showgrid=False)
    if regression:
        figure.update_xaxes(title={"text": f"{task.title} ({task.unit})" if task.unit else task.title, "standoff": 4})
        middle, low, high = np.median(labels), labels.min(), labels.max()
        alt = (
            f"{task.title} runs from {low:,.4g} to {high:,.4g} {task.unit}".rstrip()
            + f", half are at most {middle:,.4g}."
        )
    else:
        parts = ", ".join(f"{name} {share:.0f} %" for name, share in zip(names, shares, strict=True))
        alt = f"{task.title}: {parts} of {len(labels):,} pictures."
    data = pd.DataFrame(
        {(task.unit or "value") if regression else "class": names, "pictures": counts, "share": shares / 100}
    )
    return Chart(title, caption, figure, alt, data, height=240)


def label_coverage(table: pd.DataFrame, tasks: Sequence[Task]) -> pd.DataFrame:
    """A row a task: how many pictures have a label, which share that is (0 to 100 %), and what most of them say."""
    rows = []
    for task in tasks:
        labels = labels_of(table, task)
        rows.append(
            {
                "Task": task.title,
                "Kind": task.kind,
                "Labels": len(labels),
                "Labelled": f"{100 * len(labels) / max(len(table), 1):.1f} %",
                "Mostly": _mostly(labels, task),
            }
        )
    return pd.DataFrame(rows)


def positive_shares(table: pd.DataFrame, tasks: Sequence[Task]) -> Chart:
    """The share of the second class in each task of two classes, sorted, with the number of labels on hover."""
    binary = [task for task in tasks if len(task.classes) == 2]
    title, others = "How often each task is positive", len(tasks) - len(binary)
    caption = "Share of the second class among the labels of each task of two classes."
    if others:
        caption += f" {others} other task{' is' if others == 1 else 's are'} not in it."
    labels = {task: labels_of(table, task) for task in binary}
    data = pd.DataFrame(
        [
            {
                "task": task.title,
                "class": task.classes[1],
                "labels": len(known),
                "share": float(known.mean()),
                "colour": task_colour(task, tasks),
            }
            for task, known in labels.items()
            if len(known)
        ]
    )
    if data.empty:
        words = "No task of two classes has a label."
        return Chart(title, caption, nothing_yet(words), words, data)
    data = data.sort_values("share", ascending=False, kind="stable").reset_index(drop=True)
    colours, height = list(data.pop("colour")), 60 + 18 * len(data)
    names = short_names(data["task"], LONGEST)
    figure = panels([""], revision="positive", height=height, linked=False)
    figure.add_trace(
        go.Bar(
            x=100 * data["share"],
            y=np.arange(len(data)),
            orientation="h",
            text=[
                f"<b>{escape(str(row['task']))}</b><br>{escape(str(row['class']))} {100 * row['share']:.1f} % of "
                f"{row['labels']:,} labels"
                for row in data.to_dict("records")
            ],
            textposition="none",
            marker={"color": colours, "line": {"width": 0}},
            hovertemplate="%{text}<extra></extra>",
            uid="positive",
            showlegend=False,
        )
    )
    figure.update_layout(hovermode="closest", bargap=0.25, margin={"t": 12})
    figure.update_xaxes(ticksuffix=" %", range=[0, 100])
    # A title may stand twice; rows are told apart by their number.
    figure.update_yaxes(
        tickvals=list(range(len(data))), ticktext=[escape(names[title]) for title in data["task"]],
        tickfont={"size": 11}, range=[len(data) - 0.5, -0.5], ticks="", showgrid=False, automargin=True,
    )  # fmt: skip
    first, last = data.iloc[0], data.iloc[-1]
    alt = (
        f"{first['task']} is positive most often ({100 * first['share']:.0f} %), {last['task']} least "
        f"({100 * last['share']:.0f} %), of {len(data)} tasks."
    )
    return Chart(title, caption, figure, alt, data, height)


def _mostly(labels: np.ndarray, task: Task) -> str:
    if not len(labels):
        return "no label"
    if task.kind == REGRESSION:
        return f"half at most {np.median(labels):,.4g} {task.unit}".rstrip()
    counts = np.bincount(labels.astype(np.int64), minlength=len(task.classes))
    return f"{task.classes[int(counts.argmax())]} ({100 * counts.max() / counts.sum():.1f} %)"


def labels_of(table: pd.DataFrame, task: Task, split: str = "") -> np.ndarray:
    """The labels of ``task`` [N] of the pictures that have one, all of them or those of a ``split``."""
    labels = table[task.name].to_numpy(dtype=float)
    present = np.isfinite(labels)
    return labels[present & (table["split"].to_numpy() == split) if split else present]


def histogram(labels: np.ndarray, task: Task, count: int = BANDS) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Edges [B + 1], names [B] and counts [B] of bands; labels beyond the range count in the band at its end."""
    edges, names = bands(task, count)
    counts, _ = np.histogram(labels.clip(edges[0], edges[-1]), edges)
    return edges, names, counts


def class_counts(labels: np.ndarray, task: Task) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Places [C], names [C] and counts [C] of classes."""
    counts = np.bincount(labels.astype(np.int64), minlength=len(task.classes))
    return np.arange(len(counts)), list(task.classes), counts
