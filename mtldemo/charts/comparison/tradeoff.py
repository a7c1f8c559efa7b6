"""Two tasks against each other: each arm's mean with its intervals, and the Pareto front of the means."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.comparison.look import MARKERS, add_notes
from mtldemo.charts.comparison.units import Metrics, measure_of
from mtldemo.charts.options import Chart
from mtldemo.charts.style import nothing_yet, panels, swatch, trace_id
from mtldemo.charts.words import TOO_FEW, clipped_interval, headed, noted, number, short_names, shortened
from mtldemo.sentences import listed
from mtldemo.tasks import Measure, Task

HEIGHT, HEIGHT_OF_MANY, MANY = 400, 480, 10
ROOM = 0.08
FAR = 2.0
"""An interval is cut where it reaches this many times beyond the spread of the means."""


def trade_off(
    table: pd.DataFrame, first: Task, second: Task, metrics: Metrics | None = None, tasks: Sequence[Task] = ()
) -> Chart:
    """Each arm's mean on ``first`` (across) and ``second`` (up), so turned that the upper right is better on both.

    ``table`` has a row an arm: ``arm``, ``n``, ``x``, ``x_low``, ``x_high``, ``y``, ``y_low``, ``y_high`` in recorded
    units and ``front``, whether no other arm is better on one task and at least as good on the other.
    """
    title = f"{first.title} against {second.title}"
    caption = (
        "Upper right is better on both. Bars are 95 % intervals over seeds; the dotted line is the Pareto "
        "front of the means: for those on it, being better on one task costs on the other."
    )
    caption = noted(caption, table)
    table = table.dropna(subset=["x", "y"])
    if table.empty:
        figure = nothing_yet("The first finished runs that learn both tasks will appear here.")
        return Chart(title, caption, figure, f"{title}: no run has finished yet.", table)
    metric_x, metric_y = measure_of(first, metrics), measure_of(second, metrics)
    many = len(table) > MANY
    height = HEIGHT_OF_MANY if many else HEIGHT
    arms, on_front = [str(arm) for arm in table["arm"]], [bool(front) for front in table["front"]]
    names = short_names(arms)
    x, y = _side(table, "x", metric_x), _side(table, "y", metric_y)
    tasks = tasks or (first, second)
    x_axis, y_axis = _axis(first, metric_x, x, tasks), _axis(second, metric_y, y, tasks)
    figure = panels([""], x=x_axis, y=[y_axis], revision=f"trade-off {first.name} {second.name}", height=height)
    figure.add_trace(_front(table, x, y, metric_x.higher_is_better, x_axis["range"], y_axis["range"]))
    figure.add_trace(_intervals(x, y))
    figure.add_trace(_means(table, first, second, metric_x, metric_y, x, y))
    labels = [
        {
            "name": "label",
            "x": across,
            "y": up,
            "xref": "x",
            "yref": "y",
            "text": f"<b>{escape(names[arm])}</b>" if front else escape(names[arm]),
            "xanchor": "left",
            "xshift": 8,
            "showarrow": False,
            "arrowcolor": NEUTRAL,
            "borderpad": 0,
            "font": {"size": 11 if many else 12},
        }
        for arm, front, across, up in zip(arms, on_front, x[0], y[0], strict=True)
    ]
    add_notes(figure, labels)
    figure.update_layout(hovermode="closest", margin={"l": 64, "t": 12, "b": 50})
    chosen = [
        f"{arm} ({first.title} {number(across)} {metric_x.unit}, {second.title} {number(up)} {metric_y.unit})"
        for arm, front, across, up in zip(arms, on_front, x[0], y[0], strict=True)
        if front
    ]
    behind = f"{len(table) - len(chosen)} of {len(table)} behind it"
    alt = f"On the Pareto front: {listed(chosen or ['none'])}; {behind}."
    return Chart(title, caption, figure, alt, table, height)


Side = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Mean, low and high [A] as shown."""


def _side(table: pd.DataFrame, name: str, metric: Measure) -> Side:
    mean, low, high = (
        metric.factor * table[column].to_numpy(dtype=np.float64) for column in (name, f"{name}_low", f"{name}_high")
    )
    return mean, low, high


def _axis(task: Task, metric: Measure, side: Side, tasks: Sequence[Task]) -> dict[str, Any]:
    mean, low, high = side
    spread = float(mean.max() - mean.min())
    most = FAR * spread or np.inf
    edges = [mean.min(), mean.max(), max(np.nanmin([*low, mean.min()]), mean.min() - most)]
    edges.append(min(np.nanmax([*high, mean.max()]), mean.max() + most))
    bottom, top = float(min(edges)), float(max(edges))
    room = ROOM * (top - bottom) or 0.05 * abs(top) or 0.5
    limits = [bottom - room, top + room]
    title = swatch(task_colour(task, tasks), escape(shortened(task.title)))
    text = f"{title} {escape(headed(metric.title, metric.unit))} · better →"
    return {
        "title": {"text": text, "standoff": 6},
        "range": limits if metric.higher_is_better else limits[::-1],
        "nticks": 6,
        "tickangle": 0,
    }


def _front(
    table: pd.DataFrame, x: Side, y: Side, x_rising: bool, x_range: list[float], y_range: list[float]
) -> go.Scatter:
    """The front as stairs: what lies below and left of them is beaten by an arm on them."""
    on = table["front"].to_numpy(dtype=bool)
    order = np.argsort(x[0][on] if x_rising else -x[0][on], kind="stable")
    across, up = x[0][on][order], y[0][on][order]
    # From the left edge at the first point's height, down a stair before each next one, to the lower edge.
    stairs_x = np.concatenate([[x_range[0]], across, across[-1:]])
    stairs_y = np.concatenate([up[:1], up, [y_range[0]]])
    return go.Scatter(
        x=stairs_x,
        y=stairs_y,
        mode="lines",
        uid="front",
        line={"color": with_alpha(NEUTRAL, 0.7), "width": 2, "shape": "vh", "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )


def _intervals(x: Side, y: Side) -> go.Scatter:
    """Both intervals of each mean, as one trace of thin crosses."""
    gap = np.full(len(x[0]), np.nan)
    across = np.column_stack([x[1], x[2], gap, x[0], x[0], gap]).ravel()
    up = np.column_stack([y[0], y[0], gap, y[1], y[2], gap]).ravel()
    return go.Scatter(
        x=across,
        y=up,
        mode="lines",
        uid="intervals",
        line={"color": with_alpha(NEUTRAL, 0.45), "width": 1.2},
        hoverinfo="skip",
        showlegend=False,
    )


def _interval(low: float, high: float, most: float) -> str:
    """``(21.3 to 24)``, no further than the metric can go."""
    if not np.isfinite(low):
        return ""
    part = clipped_interval(low, high, 0.0, most)
    return f" ({TOO_FEW})" if part is None else f" ({number(part[0])} to {number(part[1])})"


def _means(
    table: pd.DataFrame, first: Task, second: Task, metric_x: Measure, metric_y: Measure, x: Side, y: Side
) -> go.Scatter:
    symbols = [MARKERS[index % len(MARKERS)] for index in range(len(table))]
    hover = []
    for arm, count, *values in zip(table["arm"], table["n"], *x, *y, strict=True):
        parts = [
            f"{task.title} {number(mean)} {metric.unit}" + _interval(low, high, metric.factor * metric.most)
            for task, metric, (mean, low, high) in (
                (first, metric_x, values[:3]),
                (second, metric_y, values[3:]),
            )
        ]
        seeds = f"{count} seed{'s' if count != 1 else ''}"
        hover.append("<br>".join([f"<b>{escape(str(arm))}</b>", *map(escape, parts), seeds]))
    return go.Scatter(
        x=x[0],
        y=y[0],
        mode="markers",
        uid=trace_id("means"),
        meta={"arms": [str(arm) for arm in table["arm"]]},
        marker={"symbol": symbols, "size": 10, "opacity": 1},
        text=hover,
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
