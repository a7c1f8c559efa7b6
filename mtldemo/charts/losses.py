"""The loss of each task over training, one panel a task, since years and nats share no scale."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import (
    legend_entry,
    line,
    log_axis,
    longest_time,
    nothing_yet,
    panel_title,
    panels,
    x_axis,
)
from mtldemo.charts.thin import LIMIT, SMOOTH_POINTS, smooth, thin
from mtldemo.charts.words import change
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import Task

UNITS = {
    "l1": "L1, {unit}",
    "mse": "squared error, {unit}²",
    "huber": "Huber, {unit}",
    "distribution": "cross-entropy, nats",
    "bce": "cross-entropy, nats",
    "cross_entropy": "cross-entropy, nats",
}
TITLE = "Loss of each task"
CAPTION = "Each in its own unit, so each in its own panel. Compare shapes, not heights."


def loss_unit(task: Task) -> str:
    """The kind and unit of a task's loss in words, such as ``L1, years``."""
    return UNITS.get(task.loss, task.loss).format(unit=task.unit)


def loss_curves(frame: RunFrame, tasks: Sequence[Task], options: ChartOptions | None = None) -> Chart:
    """Training loss of each step (faint), its moving average, and validation loss of each epoch (diamonds)."""
    options = options or ChartOptions()
    table = loss_table(frame, tasks)
    if table.empty:
        return Chart(TITLE, CAPTION, nothing_yet("The first steps will appear here."), "No loss recorded yet.", table)
    x_settings, divisor = x_axis(options, longest_time(frame.steps))
    revision = f"{x_settings['title']['text']} {options.log_y}"
    titles = [panel_title(task, loss_unit(task), tasks) for task in tasks]
    figure = panels(titles, x=x_settings, y=[log_axis(options)] * len(tasks), revision=revision, height=300)
    x = frame.steps[options.x] / divisor
    epochs = frame.epoch_values(options.x) / divisor
    sentences = []
    for number, task in enumerate(tasks):
        colour, raw = task_colour(task, tasks), frame.steps[f"losses.{task.name}"]
        curve = smooth(raw, options.smoothing)
        if options.smoothing:
            kept = thin(raw)
            figure.add_trace(
                line(
                    f"{task.name} step",
                    x[kept],
                    raw[kept],
                    number,
                    colour=with_alpha(colour, 0.3),
                    width=1,
                    legendgroup="step",
                    hovertemplate="%{y:.4g}<extra>this step</extra>",
                )
            )
        kept = thin(curve, SMOOTH_POINTS if options.smoothing else LIMIT)
        figure.add_trace(
            line(
                f"{task.name} train",
                x[kept],
                curve[kept],
                number,
                colour=colour,
                legendgroup="train",
                hovertemplate="%{y:.4g}<extra>train</extra>",
            )
        )
        held_out = frame.epoch_values("val_losses", task.name)
        if len(held_out):
            figure.add_trace(
                line(
                    f"{task.name} validation",
                    epochs,
                    held_out,
                    number,
                    colour=colour,
                    width=1.5,
                    mode="lines+markers",
                    line={"dash": "dot"},
                    marker={"symbol": "diamond", "size": 8, "color": colour, "line": {"width": 0}},
                    legendgroup="validation",
                    hovertemplate="%{y:.4g}<extra>validation</extra>",
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


def _legend(figure, options: ChartOptions, validated: bool) -> None:
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
