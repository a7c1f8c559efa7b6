"""What a model says about one face or picture: a number with its interval and distribution, and the probability of each
class."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.options import Chart
from mtldemo.charts.style import hover_name, panels, trace_id
from mtldemo.charts.words import probability_text
from mtldemo.sentences import listed
from mtldemo.tasks import Task

HEIGHT, BAR_HEIGHT, REST = 150, 27, 16
LETTER, RIGHT = 7, 44
"""Px of a letter of a class's name, and of the number behind its bar."""
LIKELY = 0.002
"""Values that are less likely than this share of the likeliest one are left out at both ends."""
SPAN, MARGIN = 12 / 116, 1 / 116
"""Shown around a single number, at least, and past the ends: as shares of the task's range."""
MOST_CLASSES, FIRST_CLASSES = 12, 5
"""Classes that all have a bar; of more, so many of the likeliest have one."""


def answer_distribution(
    task: Task,
    value: float,
    interval: tuple[float, float] | None,
    distribution: np.ndarray,
    *,
    nominal: float,
    digits: int = 0,
    tasks: Sequence[Task] = (),
) -> Chart:
    """The probability of each part of the task's range (``distribution`` [C], their centres evenly spaced from
    ``task.low`` to ``task.high``; empty for a model that tells a single number), the answer ``value`` and the
    ``interval`` that holds the share ``nominal`` of labels, in numbers of so many decimal ``digits``."""
    title = f"{task.title} in {task.unit}" if task.unit else task.title
    unit, whose = f" {task.unit}".rstrip(), hover_name(task.title)
    centres = np.linspace(task.low, task.high, len(distribution))
    figure = panels([""], revision=f"answer {task.name}", height=HEIGHT, linked=False)
    colour, first, last = task_colour(task, tasks), *_shown(task, value, interval, distribution)
    if interval is not None:
        band = {"fillcolor": with_alpha(colour, 0.14), "line": {"width": 0}, "layer": "below"}
        figure.add_shape(type="rect", yref="paper", x0=interval[0], x1=interval[1], y0=0, y1=1, **band)
    if len(distribution):
        figure.add_trace(
            go.Scatter(
                x=centres.astype(np.float32),
                y=100 * np.asarray(distribution, dtype=np.float64),
                mode="lines",
                line={"color": colour, "width": 2, "shape": "spline"},
                fill="tozeroy",
                fillcolor=with_alpha(colour, 0.3),
                uid=trace_id("distribution"),
                showlegend=False,
                hovertemplate=f"{whose} %{{x:,.{digits}f}}{hover_name(unit)}: %{{y:.1f}} %<extra></extra>",
            )
        )
    # A scatter of one point takes the hover that a line of the layout has not.
    figure.add_shape(type="line", yref="paper", x0=value, x1=value, y0=0, y1=1, line={"color": colour, "width": 2})
    figure.add_trace(
        go.Scatter(
            x=[value],
            y=[0],
            mode="markers",
            marker={"color": colour, "size": 9},
            uid=trace_id("answer"),
            showlegend=False,
            cliponaxis=False,
            hovertemplate=f"{whose}: %{{x:,.{digits + 1}f}}{hover_name(unit)}<extra></extra>",
        )
    )
    figure.update_layout(hovermode="closest", dragmode=False, margin={"l": 10, "r": 10, "t": 8, "b": 26})
    figure.update_xaxes(range=[first, last], ticksuffix="", showgrid=False, fixedrange=True)
    figure.update_yaxes(visible=False, rangemode="tozero", fixedrange=True)
    between = ""
    if interval is not None:
        between = f"; {100 * nominal:.0f} % interval {interval[0]:,.{digits}f} to {interval[1]:,.{digits}f}{unit}"
    alt = f"{task.title}: {value:,.{digits}f}{unit}{between}."
    shaded = f"Shaded: the {100 * nominal:.0f} % interval." if interval is not None else "Not calibrated: no interval."
    table = pd.DataFrame({task.unit or task.title: centres, "probability": np.asarray(distribution, dtype=np.float64)})
    return Chart(title, shaded, figure, alt, table, height=HEIGHT)


def class_shares(
    task: Task, shares: Mapping[str, float], *, threshold: float = 0.0, tasks: Sequence[Task] = ()
) -> Chart:
    """A bar for the probability (0 to 1) of each class, or of the likeliest ones where there are many; below
    ``threshold`` even the likeliest is not sure, which a
    dotted line marks (0: not calibrated, no line)."""
    total = len(shares)
    if total > MOST_CLASSES:
        shares = dict(sorted(shares.items(), key=lambda item: -item[1])[:FIRST_CLASSES])
    labels, values = list(shares), 100 * np.array(list(shares.values()), dtype=np.float64)
    percents = [probability_text(value) for value in shares.values()]
    height = BAR_HEIGHT * len(labels) + REST
    best, colour = int(values.argmax()), task_colour(task, tasks)
    figure = panels([""], revision=f"{task.name} answer", height=height, linked=False)
    figure.add_trace(
        go.Bar(
            x=values,
            y=labels,
            orientation="h",
            text=percents,
            textposition="outside",
            cliponaxis=False,
            marker={"color": [colour if index == best else with_alpha(colour, 0.45) for index in range(len(labels))]},
            uid=trace_id(task.name),
            showlegend=False,
            hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
        )
    )
    if threshold > 0:
        mark = {"color": NEUTRAL, "width": 1, "dash": "dot"}
        figure.add_shape(
            type="line", yref="paper", x0=100 * threshold, x1=100 * threshold, y0=0, y1=1, line=mark, layer="below"
        )
    room = {"l": 6 + LETTER * max(map(len, labels)), "r": RIGHT, "t": 6, "b": REST - 6}
    figure.update_layout(hovermode="closest", dragmode=False, bargap=0.3, margin=room)
    figure.update_xaxes(range=[0, 100], visible=False, fixedrange=True)
    # Classes that are called by numbers are no places on a scale.
    figure.update_yaxes(
        type="category", autorange="reversed", showgrid=False, fixedrange=True, ticklen=0, nticks=len(labels)
    )
    alt = f"{task.title}: {listed([f'{name} {words}' for name, words in zip(labels, percents, strict=True)])}."
    caption = f"Dotted: below {100 * threshold:.0f} % it is not sure." if threshold > 0 else "Not calibrated."
    if total > len(shares):
        caption += f" The {len(shares)} likeliest of {total:,} classes; {total - len(shares):,} more are below them."
    table = pd.DataFrame({"class": labels, "probability": values / 100})
    return Chart(task.title, caption, figure, alt, table, height=height)


def _shown(
    task: Task, value: float, interval: tuple[float, float] | None, distribution: np.ndarray
) -> tuple[float, float]:
    """The part of the range that is worth showing."""
    extent = task.high - task.low
    ends = [value - SPAN * extent, value + SPAN * extent, *(interval or ())]
    if len(distribution):
        likely = np.flatnonzero(distribution >= LIKELY * distribution.max())
        first, last = (float(np.linspace(task.low, task.high, len(distribution))[end]) for end in likely[[0, -1]])
        ends += [first - 2 * MARGIN * extent, last + 2 * MARGIN * extent]
    return max(task.low - MARGIN * extent, min(ends)), min(task.high + MARGIN * extent, max(ends))
