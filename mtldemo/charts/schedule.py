"""How the training itself goes: the learning rate and how many pictures a second it takes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtldemo.charts.colours import NEUTRAL
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import line, longest_time, nothing_yet, panels, x_axis
from mtldemo.charts.thin import smooth, thin
from mtldemo.charts.words import number
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import Task


def learning_rate(frame: RunFrame, tasks: Sequence[Task] = (), options: ChartOptions | None = None) -> Chart:
    """The learning rate of each step, one for all ``tasks``."""
    return _curve(frame, options, "lr", "Learning rate", "Set by the warm-up and the schedule.", "", smoothed=False)


def throughput(frame: RunFrame, tasks: Sequence[Task] = (), options: ChartOptions | None = None) -> Chart:
    """Training pictures a second, whatever the ``tasks``."""
    caption = "Training pictures a second; validation and pauses are left out."
    return _curve(frame, options, "images_per_second", "Throughput", caption, "images a second", smoothed=True)


def _curve(
    frame: RunFrame, options: ChartOptions | None, column: str, title: str, caption: str, unit: str, *, smoothed: bool
) -> Chart:
    options = options or ChartOptions()
    values = frame.steps[column]
    table = pd.DataFrame({**{name: frame.steps[name] for name in ("step", "epoch", "time")}, column: values})
    if table.empty:
        figure = nothing_yet("The first steps will appear here.", 240)
        return Chart(title, caption, figure, f"{title}: nothing recorded yet.", table, height=240)
    x_settings, divisor = x_axis(options, longest_time(frame.steps))
    y = {"title": {"text": unit, "standoff": 4}, "rangemode": "tozero", "exponentformat": "power"}
    figure = panels([""], x=x_settings, y=[y], revision=x_settings["title"]["text"], height=240)
    figure.update_layout(margin={"t": 12})
    x, curve = frame.steps[options.x] / divisor, smooth(values, options.smoothing) if smoothed else values
    shown = thin(curve)
    hover = f"%{{y:.4g}} {unit}<extra></extra>"
    figure.add_trace(line(column, x[shown], curve[shown], 0, colour=NEUTRAL, hovertemplate=hover))
    known = curve[np.isfinite(curve)]
    newest = f"{number(known[-1])} {unit}".strip() if len(known) else "unknown"
    return Chart(title, caption, figure, f"{title} now: {newest}.", table, height=240)
