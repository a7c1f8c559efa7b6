"""The loss of each task over training, one panel a task, since years and nats share no scale; of many tasks, rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import (
    figure_height,
    hover_value,
    legend_entry,
    line,
    log_axis,
    longest_time,
    nothing_yet,
    panel_title,
    panels,
    x_axis,
)
from mtldemo.charts.task_rows import TaskRows, first_known, gone_words, in_rows, part_gone, task_rows
from mtldemo.charts.thin import LIMIT, SMOOTH_POINTS, smooth, thin
from mtldemo.charts.words import change, headed, number
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import Task

KINDS = {
    "l1": ("L1", "{unit}"),
    "mse": ("squared error", "{unit}²"),
    "huber": ("Huber", "{unit}"),
    "distribution": ("cross-entropy", "nats"),
    "bce": ("cross-entropy", "nats"),
    "cross_entropy": ("cross-entropy", "nats"),
}
"""A loss -> what it is, and its unit, made of the task's."""
TITLE = "Loss of each task"
CAPTION = "Each in its own unit, so each in its own panel. Compare shapes, not heights."
ROWS_CAPTION = (
    "A row a task: the fuller, the more of its first loss is gone; purple is worse than at first. The newest value "
    "stands beside it."
)


def loss_unit(task: Task) -> str:
    """The kind and unit of a task's loss in words, such as ``L1, years``."""
    return headed(KINDS.get(task.loss, (task.loss, ""))[0], unit_of(task))


def unit_of(task: Task) -> str:
    """The unit of a task's loss, such as ``nats``; empty for one that has none."""
    unit = KINDS.get(task.loss, ("", ""))[1]
    return unit.format(unit=task.unit) if task.unit or unit == "nats" else ""


def loss_shown(task: Task, value: float) -> str:
    """A loss with its unit, such as ``5.8 years``."""
    return f"{number(value)} {unit_of(task)}".rstrip()


def loss_curves(frame: RunFrame, tasks: Sequence[Task], options: ChartOptions | None = None) -> Chart:
    """Training loss of each step (faint), its moving average, and validation loss of each epoch (diamonds)."""
    options = options or ChartOptions()
    table = loss_table(frame, tasks)
    if table.empty:
        return Chart(TITLE, CAPTION, nothing_yet("The first steps will appear here."), "No loss recorded yet.", table)
    x_settings, divisor = x_axis(options, longest_time(frame.steps))
    if in_rows(tasks):
        return _rows(frame, tasks, options, x_settings, divisor, table)
    revision = f"{x_settings['title']['text']} {options.log_y}"
    titles = [panel_title(task, loss_unit(task), tasks) for task in tasks]
    figure = panels(titles, x=x_settings, y=[log_axis(options)] * len(tasks), revision=revision, height=300)
    x = frame.steps[options.x] / divisor
    epochs = frame.epoch_values(options.x) / divisor
    sentences = []
    for panel, task in enumerate(tasks):
        colour, raw, unit = task_colour(task, tasks), frame.steps[f"losses.{task.name}"], unit_of(task)
        curve = smooth(raw, options.smoothing)
        if options.smoothing:
            indices = thin(raw)
            figure.add_trace(
                line(
                    f"{task.name} step",
                    x[indices],
                    raw[indices],
                    panel,
                    colour=with_alpha(colour, 0.3),
                    width=1,
                    legendgroup="step",
                    hovertemplate=hover_value(task, "%{y:.4g}", unit, "this step"),
                )
            )
        indices = thin(curve, SMOOTH_POINTS if options.smoothing else LIMIT)
        figure.add_trace(
            line(
                f"{task.name} train",
                x[indices],
                curve[indices],
                panel,
                colour=colour,
                legendgroup="train",
                hovertemplate=hover_value(task, "%{y:.4g}", unit, "training"),
            )
        )
        held_out = frame.epoch_values("val_losses", task.name)
        if len(held_out):
            figure.add_trace(
                line(
                    f"{task.name} validation",
                    epochs,
                    held_out,
                    panel,
                    colour=colour,
                    width=1.5,
                    mode="lines+markers",
                    line={"dash": "dot"},
                    marker={"symbol": "diamond", "size": 8, "color": colour, "line": {"width": 0}},
                    legendgroup="validation",
                    hovertemplate=hover_value(task, "%{y:.4g}", unit, "validation"),
                )
            )
        sentences.append(change(f"{task.title} loss", raw[:1], curve, task.unit if task.loss == "l1" else ""))
    _legend(figure, options, bool(frame.epochs))
    alt = f"{'; '.join(sentences)}, over {int(frame.steps.last('step')):,} steps."
    return Chart(TITLE, CAPTION, figure, alt, table, height=300)


def loss_table(frame: RunFrame, tasks: Sequence[Task]) -> pd.DataFrame:
    """One row a recorded step, and one an epoch: ``split``, ``step``, ``epoch``, ``time`` and a column a task."""
    steps = {name: frame.steps[name] for name in ("step", "epoch", "time")}
    train = pd.DataFrame({"split": "train", **steps, **{t.name: frame.steps[f"losses.{t.name}"] for t in tasks}})
    epochs = {name: frame.epoch_values(name) for name in ("step", "epoch", "time")}
    losses = {t.name: frame.epoch_values("val_losses", t.name) for t in tasks}
    held_out = pd.DataFrame({"split": "val", **epochs, **losses})
    return pd.concat([part for part in (train, held_out) if len(part)] or [train], ignore_index=True)


def _rows(
    frame: RunFrame,
    tasks: Sequence[Task],
    options: ChartOptions,
    x_settings: dict[str, Any],
    divisor: float,
    table: pd.DataFrame,
) -> Chart:
    """A heat map in the place of the panels; the validation losses are in the table."""
    losses = np.column_stack([smooth(frame.steps[f"losses.{task.name}"], options.smoothing) for task in tasks])
    rows = TaskRows.of(frame.steps[options.x] / divisor, losses)
    first = first_known(losses.T)
    gone = part_gone(rows.values, first)
    revision = x_settings["title"]["text"]
    figure = task_rows(tasks, [rows], [gone], shown=loss_shown, x_settings=x_settings, revision=revision)
    parts = part_gone(losses[-1:].T, first)[:, 0]
    alt = f"{gone_words(tasks, parts, 'loss')}, over {int(frame.steps.last('step')):,} steps."
    return Chart(TITLE, ROWS_CAPTION, figure, alt, table, figure_height(figure))


def _legend(figure: go.Figure, options: ChartOptions, validated: bool) -> None:
    if options.smoothing:
        figure.add_trace(legend_entry("every step", "step", line={"width": 1, "color": with_alpha(NEUTRAL, 0.6)}))
        figure.add_trace(legend_entry("moving average", "train", line={"width": 2.5}))
    else:
        figure.add_trace(legend_entry("training", "train", line={"width": 2.5}))
    if validated:
        marker = {"symbol": "diamond", "size": 8, "color": NEUTRAL}
        entry = legend_entry("validation", "validation", mode="lines+markers", line={"dash": "dot"}, marker=marker)
        figure.add_trace(entry)


def sparkline(frame: RunFrame, task: Task, points: int = 60) -> list[float]:
    """A task's smoothed training loss in at most ``points`` numbers, for a metric's or a table's small chart."""
    curve = smooth(frame.steps[f"losses.{task.name}"], 0.9)
    curve = curve[np.isfinite(curve)]
    chosen = np.linspace(0, len(curve) - 1, min(points, len(curve))).astype(np.int64)
    return [float(value) for value in curve[chosen]]
