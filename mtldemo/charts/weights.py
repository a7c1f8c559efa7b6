"""What the weighting strategy applied, and which task dominates the weighted sum because of it."""

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from mtldemo.charts.colours import task_colour, task_dash, with_alpha
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import figure_height, hover_value, line, log_axis, longest_time, nothing_yet, panels, x_axis
from mtldemo.charts.task_rows import TaskRows, in_rows, newest_words, part_of_most, percent, plain_number, task_rows
from mtldemo.charts.thin import SMOOTH_POINTS, bucket_means, smooth, thin
from mtldemo.charts.words import change, number
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import Task

AREA_POINTS = 400
"""Points of a filled area; more make the browser slow and show nothing new."""


def task_weights(frame: RunFrame, tasks: Sequence[Task], options: ChartOptions | None = None) -> Chart:
    """The weight that was applied to each task's loss at each step."""
    options = options or ChartOptions()
    title, caption = (
        "Weight of each task",
        "What the strategy multiplied each loss by; the newest value is in the legend.",
    )
    table = _table(frame, tasks, "weights")
    if table.empty:
        figure = nothing_yet("The first weights will appear here.")
        return Chart(title, caption, figure, "No weight recorded yet.", table)
    x_settings, divisor = x_axis(options, longest_time(frame.steps))
    if in_rows(tasks):
        caption = (
            "What the strategy multiplied each loss by: the fuller, the larger, negative ones purple; the newest value "
            "stands beside its row."
        )
        values = table[[task.name for task in tasks]].to_numpy()
        rows = TaskRows.of(frame.steps[options.x] / divisor, values)
        strengths = part_of_most(rows.values, log=options.log_y)
        figure = task_rows(
            tasks, [rows], [strengths], shown=plain_number, x_settings=x_settings, revision=f"{options.x} rows"
        )
        alt = f"Newest weights: {newest_words(tasks, values[-1], plain_number)}."
        return Chart(title, caption, figure, alt, table, figure_height(figure))
    y = {"title": {"text": "Applied weight", "standoff": 4}, **log_axis(options)}
    figure = panels([""], x=x_settings, y=[y], revision=f"{x_settings['title']['text']} {options.log_y}")
    x, sentences = frame.steps[options.x] / divisor, []
    alike = all(
        frame.steps.last(f"weights.{task.name}") == frame.steps.last(f"weights.{tasks[0].name}") for task in tasks
    )
    for index, task in enumerate(tasks):
        values = frame.steps[f"weights.{task.name}"]
        indices = thin(values, SMOOTH_POINTS)
        figure.add_trace(
            line(
                task.name,
                x[indices],
                values[indices],
                0,
                colour=task_colour(task, tasks),
                # Curves that lie on each other grow thinner, so that every colour is seen.
                width=max(2, 8 - 3 * index) if alike else 2.5,
                name=f"{escape(task.title)} {number(values[-1])}",
                showlegend=True,
                line={"dash": task_dash(task, tasks)},
                hovertemplate=hover_value(task, "%{y:.4g}", "", "weight"),
            )
        )
        sentences.append(change(f"{task.title} weight", values[:1], values))
    return Chart(title, caption, figure, "; ".join(sentences) + ".", table)


def contributions(frame: RunFrame, tasks: Sequence[Task], options: ChartOptions | None = None) -> Chart:
    """Each task's share of the weighted sum, weight × loss over the sum of all, in percent at each step."""
    options = options or ChartOptions()
    title = "Who dominates the sum"
    caption = "Weight × loss as a share of the whole. A task with a small share hardly steers the shared network."
    table = _table(frame, tasks, "weights")
    if table.empty:
        figure = nothing_yet("The first shares will appear here.")
        return Chart(title, caption, figure, "No weight recorded yet.", table)
    shares = contribution_shares(frame, tasks)
    table = table[["step", "epoch", "time"]].assign(
        **{task.name: shares[:, column] for column, task in enumerate(tasks)}
    )
    x_settings, divisor = x_axis(options, longest_time(frame.steps))
    smoothed = np.column_stack([smooth(column, options.smoothing) for column in shares.T])
    if in_rows(tasks):
        caption = (
            "Weight × loss as a share of the whole: the fuller, the larger; the newest stands beside its row. A task "
            "with a small share hardly steers the shared network."
        )
        rows = TaskRows.of(frame.steps[options.x] / divisor, smoothed)
        figure = task_rows(
            tasks, [rows], [part_of_most(rows.values)], shown=percent, x_settings=x_settings, revision=options.x
        )
        alt = f"Share of the weighted sum of losses now: {newest_words(tasks, smoothed[-1], percent)}."
        return Chart(title, caption, figure, alt, table, figure_height(figure))
    y = {"title": {"text": "Share of the sum (%)", "standoff": 4}, "range": [0, 100], "fixedrange": True}
    figure = panels([""], x=x_settings, y=[y], revision=x_settings["title"]["text"])
    # Averaged together with x, so that all areas stand on the same points and still fill 100 %.
    means = bucket_means(np.column_stack([frame.steps[options.x] / divisor, smoothed]), AREA_POINTS)
    for column, task in enumerate(tasks):
        colour = task_colour(task, tasks)
        figure.add_trace(
            line(
                task.name,
                means[:, 0],
                means[:, column + 1],
                0,
                colour=colour,
                width=1,
                stackgroup="shares",
                fillcolor=with_alpha(colour, 0.7),
                name=f"{escape(task.title)} {smoothed[-1, column]:.0f} %",
                showlegend=True,
                hovertemplate=hover_value(task, "%{y:.1f}", "%", "share"),
            )
        )
    order = sorted(range(len(tasks)), key=lambda column: -smoothed[-1, column])
    parts = ", ".join(f"{tasks[column].title} {smoothed[-1, column]:.0f} %" for column in order)
    return Chart(title, caption, figure, f"Share of the weighted sum of losses now: {parts}.", table)


def contribution_shares(frame: RunFrame, tasks: Sequence[Task]) -> np.ndarray:
    """The shares [N, K] in percent. Sizes count, not signs: a merged gradient's numbers may be negative."""
    weights = np.column_stack([frame.steps[f"weights.{task.name}"] for task in tasks])
    losses = np.column_stack([frame.steps[f"losses.{task.name}"] for task in tasks])
    parts = np.abs(np.nan_to_num(weights * losses))
    whole = parts.sum(axis=1, keepdims=True)
    return 100 * np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)


def _table(frame: RunFrame, tasks: Sequence[Task], what: str) -> pd.DataFrame:
    steps = {name: frame.steps[name] for name in ("step", "epoch", "time")}
    return pd.DataFrame({**steps, **{task.name: frame.steps[f"{what}.{task.name}"] for task in tasks}})
