"""What a data set holds: numbers, classes, and how both fall into training, validation and test.

``table`` is a data set's table: a column a task (NaN where there is no label) and ``split``.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.options import Chart
from mtldemo.charts.style import legend_entry, nothing_yet, panel_title, panels, trace_id
from mtldemo.tasks import REGRESSION, Task
from mtldemo.tasks.bands import bands

SPLITS = {"train": "training", "val": "validation", "test": "test"}
SPLIT_ALPHAS = (1.0, 0.65, 0.35)
MOST_CLASSES = 30
"""Classes that have a bar, the most frequent ones."""
BANDS, FEW_BANDS = 24, 6
"""Bars of a regression's labels, about: alone, and side by side for each split."""


def label_distribution(table: pd.DataFrame, task: Task, tasks: Sequence[Task] = ()) -> Chart:
    """How often each label of ``task`` occurs: a histogram over years, or a bar a class with its share."""
    labels = _labels(table, task)
    title, missing = task.title, int(len(table) - len(labels))
    caption = f"{missing:,} pictures have no label." if missing else "Every picture has a label."
    if not len(labels):
        figure = nothing_yet("No picture has a label for this task.")
        return Chart(title, caption, figure, f"No picture has a label for {task.title}.", pd.DataFrame())
    regression = task.kind == REGRESSION
    edges, names, counts = _histogram(labels, task) if regression else _classes(labels, task)
    shares = 100 * counts / counts.sum()
    if not regression and len(counts) > MOST_CLASSES:
        caption += f" The {MOST_CLASSES} most frequent of {len(counts):,} classes are shown."
        order = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
        names, counts, shares = [names[index] for index in order], counts[order], shares[order]
    figure = panels([""], revision="labels", height=240, linked=False)
    bars = go.Bar(
        x=(edges[1:] + edges[:-1]) / 2 if regression else names,
        y=counts,
        customdata=np.column_stack([names, np.round(shares, 1).astype(str)]),
        marker={"color": task_colour(task, tasks), "line": {"width": 0}},
        hovertemplate="%{customdata[0]}: %{y:,} pictures (%{customdata[1]} %)<extra></extra>",
        uid=task.name,
        showlegend=False,
        cliponaxis=False,
    )
    if not regression:
        # Classes may be called 0 and 1.
        figure.update_xaxes(type="category")
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


def split_balance(table: pd.DataFrame, tasks: Sequence[Task]) -> Chart:
    """How alike the splits are: for each task a panel with the share of each label in training, validation and test."""
    title = "Training, validation and test are alike"
    caption = "Share of each label within its split. The bars of a group should be equally high."
    rows = []
    for task in tasks:
        for split, word in SPLITS.items():
            labels = _labels(table, task, split)
            binned = _histogram(labels, task, FEW_BANDS) if task.kind == REGRESSION else _classes(labels, task)
            _, names, counts = binned
            whole = max(int(counts.sum()), 1)
            rows += [
                {"task": task.name, "split": word, "label": name, "pictures": int(count), "share": count / whole}
                for name, count in zip(names, counts, strict=True)
            ]
    data = pd.DataFrame(rows)
    if data.empty or not sum(row["pictures"] for row in rows):
        return Chart(title, caption, nothing_yet("No picture has a label."), "No picture has a label.", data.iloc[:0])
    y = [{"ticksuffix": " %", "rangemode": "tozero"}] * len(tasks)
    titles = [panel_title(task, "", tasks) for task in tasks]
    figure = panels(titles, y=y, revision="splits", height=280, linked=False)
    for place, task in enumerate(tasks):
        suffix = "" if place == 0 else str(place + 1)
        for word, alpha in zip(SPLITS.values(), SPLIT_ALPHAS, strict=True):
            part = [row for row in rows if row["task"] == task.name and row["split"] == word]
            figure.add_trace(
                go.Bar(
                    x=[row["label"] for row in part],
                    y=np.array([100 * row["share"] for row in part]),
                    customdata=np.array([row["pictures"] for row in part]),
                    name=word,
                    uid=trace_id(f"{task.name} {word}"),
                    xaxis=f"x{suffix}",
                    yaxis=f"y{suffix}",
                    offsetgroup=word,
                    legendgroup=word,
                    showlegend=False,
                    marker={"color": with_alpha(task_colour(task, tasks), alpha), "line": {"width": 0}},
                    hovertemplate=f"%{{y:.1f}} % (%{{customdata:,}})<extra>{word}</extra>",
                )
            )
    for word, alpha in zip(SPLITS.values(), SPLIT_ALPHAS, strict=True):
        marker = {"symbol": "square", "size": 11, "color": with_alpha(NEUTRAL, alpha)}
        figure.add_trace(legend_entry(word, word, mode="markers", marker=marker))
    figure.update_layout(barmode="group", bargap=0.25)
    figure.update_xaxes(type="category", showgrid=False)
    splits = table["split"].to_numpy()
    alt = ", ".join(f"{int((splits == split).sum()):,} pictures for {word}" for split, word in SPLITS.items())
    largest = _largest_gap(data)
    return Chart(title, caption, figure, f"{alt}; the largest difference in a label's share is {largest:.1f} %.", data)


def label_counts(table: pd.DataFrame, tasks: Sequence[Task]) -> pd.DataFrame:
    """A row a task: how many pictures have a label, which share that is (0 to 100 %), and what most of them say."""
    rows = []
    for task in tasks:
        labels = _labels(table, task)
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
    labels = {task: _labels(table, task) for task in binary}
    data = pd.DataFrame(
        [
            {"task": task.title, "class": task.classes[1], "labels": len(known), "share": float(known.mean())}
            for task, known in labels.items()
            if len(known)
        ]
    )
    if data.empty:
        words = "No task of two classes has a label."
        return Chart(title, caption, nothing_yet(words), words, data)
    data = data.sort_values("share", ascending=False, kind="stable").reset_index(drop=True)
    height = 70 + 20 * len(data)
    figure = panels([""], revision="positive", height=height, linked=False)
    figure.add_trace(
        go.Bar(
            x=100 * data["share"],
            y=data["task"],
            orientation="h",
            customdata=data[["class", "labels"]].to_numpy(),
            marker={"color": NEUTRAL, "line": {"width": 0}},
            hovertemplate="%{y}: %{customdata[0]} %{x:.1f} % of %{customdata[1]:,} labels<extra></extra>",
            uid="positive",
            showlegend=False,
        )
    )
    figure.update_layout(hovermode="closest", bargap=0.25, margin={"t": 12})
    figure.update_xaxes(ticksuffix=" %", range=[0, 100])
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, automargin=True, dtick=1)
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


def _labels(table: pd.DataFrame, task: Task, split: str = "") -> np.ndarray:
    labels = table[task.name].to_numpy(dtype=float)
    present = np.isfinite(labels)
    return labels[present & (table["split"].to_numpy() == split) if split else present]


def _histogram(labels: np.ndarray, task: Task, count: int = BANDS) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Edges [B + 1], names [B] and counts [B] of bands; labels beyond the range count in the band at its end."""
    edges, names = bands(task, count)
    counts, _ = np.histogram(labels.clip(edges[0], edges[-1]), edges)
    return edges, names, counts


def _classes(labels: np.ndarray, task: Task) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Places [C], names [C] and counts [C] of classes."""
    counts = np.bincount(labels.astype(np.int64), minlength=len(task.classes))
    return np.arange(len(counts)), list(task.classes), counts


def _largest_gap(data: pd.DataFrame) -> float:
    shares = data.pivot_table(index=["task", "label"], columns="split", values="share", observed=True)
    return float(100 * (shares.max(axis=1) - shares.min(axis=1)).max())
