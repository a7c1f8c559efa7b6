"""How the task gradients at the shared features lie to each other: who pulls against whom, and how hard."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, task_colour, task_dash
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import (
    figure_height,
    hover_name,
    hover_value,
    line,
    longest_time,
    nothing_yet,
    panels,
    swatch,
    x_axis,
)
from mtldemo.charts.task_rows import (
    DIVERGING,
    TaskRows,
    in_rows,
    newest_words,
    part_of_most,
    plain_number,
    task_rows,
)
from mtldemo.charts.thin import SMOOTH_POINTS, smooth, thin
from mtldemo.charts.words import number, short_names, shortened
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import Task

GRADIENT_SMOOTHING = 0.6
"""Gradients are measured every few steps only, so they get a shorter moving average than the losses."""
ZERO_LINE = {
    "type": "line",
    "layer": "below",
    "x0": 0,
    "x1": 1,
    "y0": 0,
    "y1": 0,
    "line": {"color": NEUTRAL, "width": 1},
}
CELL, LONG_IN_A_PAIR = 16, 16
"""Height in px of a cell of the heat map, and letters of a task's title in a pair's heading."""
REACHES = (0.1, 0.25, 0.5, 1.0)
"""Cosines at which an axis may end."""
MOST_PAIRS = 10
"""Pairs that have a panel each: those of five tasks. More are a heat map."""
DOTS = 120
"""Each dot is an element of the page, so a few show the spread."""


def gradient_cosines(frame: RunFrame, tasks: Sequence[Task], options: ChartOptions | None = None) -> Chart:
    """The cosine of the angle between two tasks' gradients, one panel a pair; below 0 the tasks are in conflict."""
    options = options or ChartOptions()
    title = "Do the tasks pull together?"
    caption = (
        "Cosine between two tasks' gradients at the shared features: 1 the same way, 0 unrelated, below 0 in conflict."
    )
    pairs = [pair for pair in frame.gradients.below("cosines") if set(pair.split("|")) <= {t.name for t in tasks}]
    table = _table(frame, "cosines", pairs)
    if table.empty or not pairs:
        text = "One task has nothing to compare." if len(tasks) == 1 else "The first comparison will appear here."
        return Chart(title, caption, nothing_yet(text), "No gradient cosine recorded yet.", table.iloc[:0])
    if len(pairs) > MOST_PAIRS:
        return _cosine_map(frame, tasks, pairs, table)
    titles = {task.name: task.title for task in tasks}
    x_settings, divisor = x_axis(options, longest_time(frame.gradients))
    reach = _reach([frame.gradients[f"cosines.{pair}"] for pair in pairs])
    y = {"range": [-1.05 * reach, 1.05 * reach], "nticks": 5, "zeroline": True}
    caption += f" The axes end at ±{reach:g}."
    headings = [_pair_heading(pair, tasks) for pair in pairs]
    figure = panels(headings, x=x_settings, y=[y] * len(pairs), revision=x_settings["title"]["text"])
    x, sentences, traces, zeros = frame.gradients[options.x] / divisor, [], [], []
    for index, pair in enumerate(pairs):
        first, second = pair.split("|")
        values = frame.gradients[f"cosines.{pair}"]
        indices, dotted = thin(values, SMOOTH_POINTS), thin(values, DOTS)
        dots = line(
            f"{pair} measured",
            x[dotted],
            values[dotted],
            index,
            colour=NEUTRAL,
            mode="markers",
            marker={"size": 4, "color": task_colour(first, tasks), "opacity": 0.45},
            hovertemplate=f"%{{y:.2f}}<extra>{hover_name(_pair_words(pair, titles))}, measured</extra>",
        )
        curve = smooth(values, GRADIENT_SMOOTHING if options.smoothing else 0)
        # Two dashes of two colours on one curve: the pair's own.
        at, height = x[indices], curve[indices]
        hover = f"%{{y:.2f}}<extra>{hover_name(_pair_words(pair, titles))}, average</extra>"
        under = line(
            f"{pair} first", at, height, index, colour=task_colour(first, tasks), width=2.5, hovertemplate=hover
        )
        dashed = {"dash": "6px,6px"}
        over = line(
            f"{pair} second",
            at,
            height,
            index,
            colour=task_colour(second, tasks),
            width=2.5,
            line=dashed,
            hoverinfo="skip",
        )
        traces += [dots, under, over]
        suffix = "" if index == 0 else str(index + 1)
        zeros.append({**ZERO_LINE, "xref": f"x{suffix} domain", "yref": f"y{suffix}"})
        sentences.append(f"{_pair_words(pair, titles)} {number(curve[-1])}")
    figure.add_traces(traces)
    figure.update_layout(shapes=zeros, margin={"t": 30})
    alt = f"Cosine between task gradients at step {int(frame.gradients.last('step')):,}: {'; '.join(sentences)}."
    return Chart(title, caption, figure, alt, table, height=280)


def _cosine_map(frame: RunFrame, tasks: Sequence[Task], pairs: Sequence[str], table: pd.DataFrame) -> Chart:
    """The mean cosine of each pair as a heat map, the tasks most in conflict first: many pairs have no panel each."""
    at = {task.name: index for index, task in enumerate(tasks)}
    cosines = np.full((len(tasks), len(tasks)), np.nan)
    for pair in pairs:
        first, second = (at[name] for name in pair.split("|"))
        values = frame.gradients[f"cosines.{pair}"]
        values = values[np.isfinite(values)]
        if len(values):
            cosines[first, second] = cosines[second, first] = values.mean()
    sums, counts = np.nansum(cosines, axis=1), np.isfinite(cosines).sum(axis=1)
    order = np.argsort(sums / np.maximum(counts, 1), kind="stable")
    names = [tasks[index].title for index in order]
    height = 40 + CELL * len(names)
    figure = panels([""], revision="cosine map", height=height, linked=False)
    known = cosines[np.triu_indices(len(tasks), 1)]
    # Cosines are small where many weights are shared; the colours go as far as they do.
    reach = max(0.1, float(np.abs(known[np.isfinite(known)]).max(initial=0.0)))
    figure.add_trace(
        go.Heatmap(
            z=cosines[np.ix_(order, order)].astype(np.float32), x=np.arange(len(order)), y=np.arange(len(order)),
            zmin=-reach, zmax=reach, uid="cosines", xgap=1, ygap=1, colorscale=DIVERGING, showscale=False,
            hovertemplate="%{y} and %{x}: <b>%{z:.2f}</b><extra></extra>",
        )
    )  # fmt: skip
    # One list of names is enough, as rows and columns are the same; two would leave a phone no room for the cells.
    forms = short_names(names, 18)
    labels = [
        swatch(task_colour(tasks[index], tasks), escape(forms[name])) for index, name in zip(order, names, strict=True)
    ]
    figure.update_layout(
        hovermode="closest", margin={"l": round(26 + 6.3 * max(map(len, forms.values()))), "r": 12, "t": 12, "b": 12}
    )
    # Not written, but said on hover.
    figure.update_xaxes(
        tickvals=list(range(len(labels))), ticktext=labels, showticklabels=False, ticks="", showgrid=False,
        fixedrange=True,
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(labels))), ticktext=labels, tickfont={"size": 11}, ticks="", showgrid=False,
        range=[len(labels) - 0.5, -0.5], fixedrange=True,
    )  # fmt: skip
    caption = (
        "Mean cosine between two tasks' gradients at the shared features: grey pulls together, purple is in conflict; "
        f"the tasks most in conflict stand first, in rows and in columns. The fullest colour is ±{reach:.2f}."
    )
    alt = f"Mean cosine of {len(pairs)} pairs of tasks; {int((known < 0).sum())} are in conflict. First: {names[0]}."
    return Chart("Do the tasks pull together?", caption, figure, alt, table, height=height)


def gradient_norms(frame: RunFrame, tasks: Sequence[Task], options: ChartOptions | None = None) -> Chart:
    """The length of each task's gradient at the shared features, before weighting, on a logarithmic axis."""
    options = options or ChartOptions()
    title = "Strength of each task's gradient"
    caption = (
        "Norm at the shared features before weighting, logarithmic. A task ten times stronger steers ten times more."
    )
    table = _table(frame, "norms", [task.name for task in tasks])
    if table.empty:
        figure = nothing_yet("The first comparison will appear here.")
        return Chart(title, caption, figure, "No gradient norm recorded yet.", table)
    x_settings, divisor = x_axis(options, longest_time(frame.gradients))
    if in_rows(tasks):
        caption = (
            "Norm at the shared features before weighting: the fuller, the larger, by its logarithm; the newest value "
            "stands beside its row. A task ten times stronger steers ten times more."
        )
        decay = GRADIENT_SMOOTHING if options.smoothing else 0
        norms = np.column_stack([smooth(frame.gradients[f"norms.{task.name}"], decay) for task in tasks])
        rows = TaskRows.of(frame.gradients[options.x] / divisor, norms)
        strengths = part_of_most(rows.values, log=True)
        figure = task_rows(tasks, [rows], [strengths], shown=plain_number, x_settings=x_settings, revision=options.x)
        alt = f"Norm of the task gradients now: {newest_words(tasks, norms[-1], plain_number)}."
        return Chart(title, caption, figure, alt, table, figure_height(figure))
    y = {"title": {"text": "Gradient norm", "standoff": 4}, "type": "log", "dtick": 1, "tickformat": "~g"}
    figure = panels([""], x=x_settings, y=[y], revision=x_settings["title"]["text"], height=240)
    x, parts = frame.gradients[options.x] / divisor, []
    for task in tasks:
        values = frame.gradients[f"norms.{task.name}"]
        curve = smooth(values, GRADIENT_SMOOTHING if options.smoothing else 0)
        indices = thin(curve, SMOOTH_POINTS)
        figure.add_trace(
            line(
                task.name,
                x[indices],
                curve[indices],
                0,
                colour=task_colour(task, tasks),
                name=f"{escape(task.title)} {number(curve[-1])}",
                showlegend=True,
                line={"dash": task_dash(task, tasks)},
                hovertemplate=hover_value(task, "%{y:.3g}", "", "norm"),
            )
        )
        parts.append(f"{task.title} {number(curve[-1])}")
    return Chart(title, caption, figure, f"Norm of the task gradients now: {', '.join(parts)}.", table, height=240)


def _reach(cosines: Sequence[np.ndarray]) -> float:
    """How far from zero the axes go: the first of ``REACHES`` that holds all ``cosines``, so that those of a live run
    seldom change."""
    largest = max((float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) for values in cosines), default=0.0)
    return next(reach for reach in REACHES if largest <= reach or reach == REACHES[-1])


def _pair_words(pair: str, titles: Mapping[str, str]) -> str:
    first, second = pair.split("|")
    return f"{titles[first]} and {titles[second]}"


def _pair_heading(pair: str, tasks: Sequence[Task]) -> str:
    titles = {task.name: escape(shortened(task.title, LONG_IN_A_PAIR)) for task in tasks}
    first, second = pair.split("|")
    squares = "".join(f"<span style='color:{task_colour(name, tasks)}'>■</span>" for name in (first, second))
    return f"{squares} <b>{titles[first]}</b> and <b>{titles[second]}</b>"


def _table(frame: RunFrame, what: str, names: Sequence[str]) -> pd.DataFrame:
    columns = {name: frame.gradients[name] for name in ("step", "epoch", "time")}
    return pd.DataFrame({**columns, **{name: frame.gradients[f"{what}.{name}"] for name in names}})
