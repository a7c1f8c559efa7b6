"""What each task has learned, epoch by epoch, on the validation split."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.charts.colours import NEUTRAL, task_colour
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import (
    figure_height,
    hover_value,
    legend_entry,
    line,
    longest_time,
    nothing_yet,
    panel_title,
    panels,
    x_axis,
)
from mtldemo.charts.task_rows import TaskRows, first_known, gone_words, in_rows, part_gone, task_rows
from mtldemo.charts.words import headed, number
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import REGRESSION, Measure, Task

MEASURE_DASHES = ("solid", "dash")
MEASURE_SYMBOLS = ("circle", "circle-open")


def metric_curves(frame: RunFrame, tasks: Sequence[Task], options: ChartOptions | None = None) -> Chart:
    """Mean absolute error and share within the tolerance for a regression; accuracy and balanced accuracy for classes.

    A star marks the best epoch, whose weights are kept.
    """
    options = options or ChartOptions()
    title, caption = (
        "What each task has learned",
        "On the validation split. The star is the best epoch, whose weights are kept.",
    )
    table = metric_table(frame, tasks)
    if table.empty:
        figure = nothing_yet("The first epoch will appear here.")
        return Chart(title, caption, figure, "No epoch has ended yet.", table)
    x_settings, divisor = x_axis(options, longest_time(frame.steps))
    if options.x == "epoch":
        x_settings = {**x_settings, "unifiedhovertitle": {"text": "Epoch %{x}"}}
    if in_rows(tasks):
        return _rows(frame, tasks, options, x_settings, divisor, table)
    shown = [panel for task in tasks for panel in _panels_of(task)]
    percent = {"ticksuffix": " %"}
    y = [percent if measures[0].unit == "%" else {} for _, _, measures in shown]
    titles = [panel_title(task, what, tasks) for task, what, _ in shown]
    figure = panels(titles, x=x_settings, y=y, revision=x_settings["title"]["text"], height=280)
    x = frame.epoch_values(options.x) / divisor
    best = _best(frame)
    for index, (task, _, measures) in enumerate(shown):
        for order, measure in enumerate(measures):
            values = frame.epoch_values("metrics", task.name, measure.name) * measure.factor
            colour = task_colour(task, tasks)
            marker = {
                "size": [13 if at == best and not order else 7 for at in range(len(x))],
                "color": colour,
                "line": {"width": 0},
            }
            stars = ["star" if at == best and not order else MEASURE_SYMBOLS[order] for at in range(len(x))]
            figure.add_trace(
                line(
                    f"{task.name} {measure.name}",
                    x,
                    values,
                    index,
                    colour=colour,
                    mode="lines+markers",
                    line={"dash": MEASURE_DASHES[order]},
                    marker={**marker, "symbol": stars},
                    legendgroup=measure.name if len(measures) > 1 else "",
                    hovertemplate=hover_value(task, "%{y:.2f}", measure.unit, measure.title),
                )
            )
    several = {
        measure.name: (order, measure) for _, _, two in shown if len(two) > 1 for order, measure in enumerate(two)
    }
    if several:
        for order, measure in several.values():
            marker = {"symbol": MEASURE_SYMBOLS[order], "size": 7, "color": NEUTRAL}
            dash = {"dash": MEASURE_DASHES[order]}
            figure.add_trace(legend_entry(measure.title, measure.name, mode="lines+markers", line=dash, marker=marker))
    newest = frame.epochs[-1]
    alt = f"Validation after epoch {newest['epoch']}: {metric_words(newest.get('metrics', {}), tasks)}."
    return Chart(title, caption, figure, alt, table)


def _rows(
    frame: RunFrame,
    tasks: Sequence[Task],
    options: ChartOptions,
    x_settings: dict[str, Any],
    divisor: float,
    table: pd.DataFrame,
) -> Chart:
    """A heat map of the tasks' key measures in the place of their panels; the other measures are in the table."""
    caption = (
        "The key measure on the validation split, a row a task: the fuller, the more of the first epoch's error is "
        "gone; purple is worse. The newest stands beside its row; the dotted line is the best epoch, whose weights are "
        "kept."
    )
    values = np.stack([frame.epoch_values("metrics", task.name, task.metric) for task in tasks])
    errors = np.stack([[task.measure.error(value) for value in row] for task, row in zip(tasks, values, strict=True)])
    x = frame.epoch_values(options.x) / divisor
    rows = TaskRows.of(x, values.T)
    gone = part_gone(TaskRows.of(x, errors.T).values, first_known(errors))
    figure = task_rows(
        tasks, [rows], [gone], shown=metric_shown, x_settings=x_settings, revision=x_settings["title"]["text"]
    )
    if (best := _best(frame)) >= 0:
        figure.add_vline(x=float(x[best]), line={"color": NEUTRAL, "width": 2, "dash": "dot"})
    alt = f"Validation after epoch {frame.epochs[-1]['epoch']}. {gone_words(tasks, gone[:, -1], 'error')}."
    return Chart("What each task has learned", caption, figure, alt, table, figure_height(figure))


def metric_shown(task: Task, value: float) -> str:
    """A recorded value of the task's key measure with its unit, such as ``92.5 %``."""
    return task.measure.shown(value) if task.measure.unit == "%" else f"{number(value)} {task.measure.unit}".rstrip()


def metric_words(metrics: dict, tasks: Sequence[Task]) -> str:
    """The key metric of each task in words: ``Age 5.8 years mean absolute error, Gender 92.5 % accuracy``."""
    parts = []
    for task in tasks:
        value = metrics.get(task.name, {}).get(task.metric)
        if value is None:
            parts.append(f"{task.title} unknown")
        elif task.measure.unit == "%":
            parts.append(f"{task.title} {task.measure.shown(value)} {task.measure.title}")
        else:
            unit = f" {task.measure.unit}".rstrip()
            parts.append(f"{task.title} {number(value)}{unit} {task.measure.title}")
    return ", ".join(parts)


def metric_table(frame: RunFrame, tasks: Sequence[Task]) -> pd.DataFrame:
    """One row an epoch with a column ``<task>_<metric>`` for each metric; shares are 0 to 1."""
    columns = {name: frame.epoch_values(name) for name in ("epoch", "step", "time")}
    for task in tasks:
        for name in task.measures:
            columns[f"{task.name}_{name}"] = frame.epoch_values("metrics", task.name, name)
    return pd.DataFrame(columns)


def _panels_of(task: Task) -> list[tuple[Task, str, tuple[Measure, ...]]]:
    """The panels of a task: its heading and the measures in it, a star for the first."""
    if task.kind == REGRESSION:
        return [
            (task, measure.title if measure.unit == "%" else headed(measure.plain, measure.unit), (measure,))
            for measure in task.measures.values()
        ]
    return [(task, "accuracy", (task.measures["accuracy"], task.measures["balanced_accuracy"]))]


def _best(frame: RunFrame) -> int:
    best = np.flatnonzero([bool(record.get("best")) for record in frame.epochs])
    return int(best[-1]) if len(best) else -1
