"""What strategies do to losses and gradients of one's own: their weights as bars, their directions as arrows.

``weights`` are K numbers for each strategy's label, ``directions`` two. Colour means task; strategies are told apart by
their dash, their marker and the label at the tip.
"""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import DASHES, NEUTRAL, task_colour, with_alpha
from mtldemo.charts.options import Chart
from mtldemo.charts.style import nothing_yet, panels, trace_id
from mtldemo.charts.words import number
from mtldemo.sentences import listed
from mtldemo.tasks import Task

Vectors = Mapping[str, np.ndarray]
MARKERS = ("circle", "square", "diamond", "cross", "triangle-up", "star", "x", "hexagon")
ROW, REST = 44, 96
"""Height in px of a strategy's bars, and of what is around them."""
NEAR, CLOSE = np.radians(4), np.radians(18)
"""Directions closer than the first share a label; closer than the second, their labels stand at different distances."""
FAR, LINE, MOST_LINES = 16, 17, 5
"""A label's distance from the tip in px, a line's height, and so many lines at most between tip and label."""
TINY = 1e-9
"""The share of two vectors' lengths below which their product counts as zero."""


def weight_bars(tasks: Sequence[Task], weights: Vectors) -> Chart:
    """Each strategy's weights, scaled so that their sizes sum to K: 1 is what a plain sum gives every task."""
    title = "Weight of each task"
    caption = (
        "Scaled so that they sum to the number of tasks: 1 is what a plain sum gives. Hover for the number applied."
    )
    scaled = {label: len(tasks) * row / (np.abs(row).sum() or 1.0) for label, row in weights.items()}
    raw = "%{y}: %{customdata:.4g}"
    figure = _bars(tasks, scaled, weights, raw, stacked=False)
    figure.update_xaxes(title={"text": "Weight (plain sum = 1)", "standoff": 4})
    figure.add_vline(x=1, line={"color": NEUTRAL, "width": 1, "dash": "dot"}, layer="below")
    return _chart(title, caption, figure, tasks, weights, "weight")


def share_bars(tasks: Sequence[Task], losses: Sequence[float], weights: Vectors) -> Chart:
    """Each task's share of the weighted sum, weight x loss, in percent."""
    title = "Who speaks in the weighted sum"
    caption = "Weight × loss as a share of the whole. A task with a small share hardly steers the shared network."
    parts = {label: np.abs(row * np.asarray(losses)) for label, row in weights.items()}
    shares = {label: 100 * row / (row.sum() or 1.0) for label, row in parts.items()}
    figure = _bars(tasks, shares, shares, "%{y}: %{customdata:.1f} %", stacked=True)
    figure.update_xaxes(title={"text": "Share of the sum (%)", "standoff": 4}, range=[0, 100])
    return _chart(title, caption, figure, tasks, shares, "share")


def directions_plane(tasks: Sequence[Task], gradients: np.ndarray, directions: Vectors, *, alike: bool = True) -> Chart:
    """Task pulls ``gradients`` [K, 2] and the step that each strategy takes, as arrows from one point.

    ``alike`` draws all steps equally long. The wedge holds the directions that make no task worse.
    """
    title, caption = "Where each strategy goes", serves_words(tasks, gradients, directions)
    lengths = np.linalg.norm(gradients, axis=1)
    steps = {label: float(np.linalg.norm(row)) for label, row in directions.items()}
    reach = 1.2 * max(lengths.max(initial=0.0), TINY) if alike else max([TINY, *lengths, *steps.values()])
    figure = panels([""], revision=f"plane {alike}", height=380, linked=False)
    figure.update_layout(hovermode="closest", margin={"l": 12, "r": 12, "t": 30, "b": 12}, dragmode=False)
    _wedge(figure, gradients, 0.9 * reach)
    for task, row in zip(tasks, gradients, strict=True):
        figure.add_trace(_arrow(task.name, row, task_colour(task, tasks), name=task.title))
    tips: dict[str, np.ndarray] = {}
    for index, (label, row) in enumerate(directions.items()):
        size = steps[label]
        tips[label] = row * (reach / size if alike and size > 0 else 1.0)
        figure.add_trace(_step(index, label, tips[label], size))
    _labels(figure, tips)
    _fit(figure, np.vstack([gradients, *tips.values(), np.zeros((1, 2))]))
    rows = [("pull", task.title, *row) for task, row in zip(tasks, gradients.tolist(), strict=True)]
    rows += [("step", label, *row.tolist()) for label, row in directions.items()]
    table = pd.DataFrame(rows, columns=["what", "name", "x", "y"])
    return Chart(title, caption, figure, caption, table, height=380)


def serves_words(tasks: Sequence[Task], gradients: np.ndarray, directions: Vectors) -> str:
    """Which strategies' steps, ``directions`` [2] by label, make no task worse, and which task pays for the others: the
    one along whose gradient, of ``gradients`` [K, 2], the step goes back."""
    if not directions:
        return "Choose a strategy to see its step."
    good, bad = [], []
    for label, step in directions.items():
        products = gradients @ step
        sizes = np.linalg.norm(gradients, axis=1) * np.linalg.norm(step)
        hurt = [
            task.title for task, product, size in zip(tasks, products, sizes, strict=True) if product < -1e-6 * size
        ]
        if hurt:
            bad.append(f"{label} makes {listed(hurt)} worse")
        else:
            good.append(label)
    start = f"{listed(good)} {'makes' if len(good) == 1 else 'make'} no task worse" if good else ""
    return f"{'; '.join(part for part in [start, *bad] if part)}."


def _bars(tasks: Sequence[Task], values: Vectors, shown: Vectors, hover: str, *, stacked: bool) -> go.Figure:
    if not values:
        return nothing_yet("Choose a strategy above.", height=ROW + REST)
    labels = list(values)
    figure = panels([""], revision=f"bars {stacked}", height=ROW * len(labels) + REST, linked=False)
    for column, task in enumerate(tasks):
        figure.add_trace(
            go.Bar(
                y=[_wrapped(label) for label in labels],
                x=np.array([values[label][column] for label in labels]),
                customdata=np.array([shown[label][column] for label in labels]),
                orientation="h",
                name=task.title,
                uid=trace_id(task.name),
                marker={"color": task_colour(task, tasks), "line": {"width": 0}},
                hovertemplate=f"{hover}<extra>{escape(task.title)}</extra>",
            )
        )
    figure.update_layout(
        barmode="stack" if stacked else "group",
        bargap=0.35 if stacked else 0.25,
        hovermode="closest",
        margin={"l": 12, "t": 40},
        legend={"traceorder": "normal"},
    )
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False, nticks=len(labels), fixedrange=True)
    figure.update_xaxes(zeroline=True, fixedrange=True)
    return figure


def _chart(title: str, caption: str, figure: go.Figure, tasks: Sequence[Task], values: Vectors, what: str) -> Chart:
    rows = [
        (label, task.title, float(value))
        for label, row in values.items()
        for task, value in zip(tasks, row, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["strategy", "task", what])
    unit = " %" if what == "share" else ""
    parts = [
        f"{label}: " + ", ".join(f"{task.title} {number(value)}{unit}" for task, value in zip(tasks, row, strict=True))
        for label, row in values.items()
    ]
    height = int(figure.layout["height"])  # type: ignore[arg-type]
    return Chart(title, caption, figure, f"{'; '.join(parts) or 'No strategy is chosen'}.", table, height=height)


def _arrow(uid: str, tip: np.ndarray, colour: str, name: str) -> go.Scatter:
    return go.Scatter(
        x=np.array([0.0, tip[0]]),
        y=np.array([0.0, tip[1]]),
        mode="lines+markers+text",
        uid=trace_id(f"pull {uid}"),
        name=name,
        text=["", f"<b>{escape(name)}</b>"],
        textposition=_beside(tip),
        textfont={"color": colour, "size": 13},
        line={"color": colour, "width": 4},
        marker={
            "symbol": "arrow",
            "angleref": "previous",
            "size": [0, 18],
            "color": colour,
            "opacity": 1,
            "line": {"width": 0},
        },
        hovertemplate=f"{escape(name)} pulls %{{customdata:.3g}} long<extra></extra>",
        customdata=np.full(2, np.linalg.norm(tip)),
        showlegend=False,
        cliponaxis=False,
    )


def _step(index: int, label: str, tip: np.ndarray, size: float) -> go.Scatter:
    return go.Scatter(
        x=np.array([0.0, tip[0]]),
        y=np.array([0.0, tip[1]]),
        mode="lines+markers",
        uid=trace_id(f"step {label}"),
        name=label,
        line={"width": 2, "dash": DASHES[index % len(DASHES)]},
        marker={"symbol": MARKERS[index % len(MARKERS)], "size": [0, 11], "opacity": 1},
        hovertemplate=f"{escape(label)} · step {size:.3g} long<extra></extra>",
        showlegend=False,
        cliponaxis=False,
    )


def _wedge(figure: go.Figure, gradients: np.ndarray, reach: float) -> None:
    """Shade the directions that make no task worse: all within a quarter turn of every pull."""
    present = gradients[np.linalg.norm(gradients, axis=1) > 0]
    turns = np.linspace(0, 2 * np.pi, 721)
    around = np.column_stack([np.cos(turns), np.sin(turns)])
    inside = np.all(around @ present.T >= -TINY, axis=1)
    if not len(present) or not inside.any() or inside.all():
        return
    # Turned so that the wedge doesn't begin in the middle.
    inside, around = inside[:-1], around[:-1]
    first = int(np.flatnonzero(np.logical_and(inside, ~np.roll(inside, 1)))[0])
    rim = reach * np.roll(around, -first, axis=0)[: int(inside.sum())]
    outline = np.vstack([[0, 0], rim, [0, 0]])
    figure.add_trace(
        go.Scatter(
            x=outline[:, 0],
            y=outline[:, 1],
            mode="lines",
            uid="wedge",
            fill="toself",
            fillcolor=with_alpha(NEUTRAL, 0.16),
            line={"width": 0, "color": NEUTRAL},
            hoverinfo="skip",
            name="No task gets worse",
            showlegend=True,
        )
    )


def _together(tips: Vectors) -> list[tuple[list[str], np.ndarray]]:
    """Labels of tips that nearly coincide, with the first one's place."""
    groups: list[tuple[list[str], np.ndarray]] = []
    for label, tip in tips.items():
        for labels, other in groups:
            sizes = np.linalg.norm(tip), np.linalg.norm(other)
            close = float(tip @ other) >= np.cos(NEAR) * sizes[0] * sizes[1]
            if close and abs(sizes[0] - sizes[1]) <= 0.15 * max(sizes):
                labels.append(label)
                break
        else:
            groups.append(([label], tip))
    return groups


def _labels(figure: go.Figure, tips: Vectors) -> None:
    """Write each step's name beyond its tip; neighbours' names at different distances, so that all can be read."""
    groups = sorted(_together(tips), key=lambda group: float(np.arctan2(group[1][1], group[1][0])))
    last, line, lines = -np.inf, 0, 0
    for labels, tip in groups:
        turn = float(np.arctan2(tip[1], tip[0]))
        line = (line + lines) % MOST_LINES if turn - last < CLOSE else 0
        last, lines, away = turn, len(labels), FAR + LINE * line
        across, up = float(np.cos(turn)), float(np.sin(turn))
        figure.add_annotation(
            x=tip[0],
            y=tip[1],
            text="<br>".join(map(escape, labels)),
            xanchor="center" if abs(across) < 0.3 else "left" if across > 0 else "right",
            yanchor="middle" if abs(up) < 0.9 else "bottom" if up > 0 else "top",
            xshift=across * away,
            yshift=up * away,
            showarrow=False,
            font={"size": 12},
        )


def _fit(figure: go.Figure, points: np.ndarray) -> None:
    """Show all ``points`` [N, 2] with room for the labels, both axes in one scale."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.18 * max(float((high - low).max()), TINY)
    # Names are wider than high; where the card is wide, one scale for both axes makes room by itself.
    figure.update_xaxes(range=[low[0] - 3 * room, high[0] + 3 * room], visible=False, fixedrange=True)
    figure.update_yaxes(range=[low[1] - room, high[1] + 1.4 * room], visible=False, fixedrange=True, scaleanchor="x")


def _beside(tip: np.ndarray) -> str:
    return f"{'top' if tip[1] >= 0 else 'bottom'} {'right' if tip[0] >= 0 else 'left'}"


def _wrapped(label: str) -> str:
    return escape(label).replace(" (", "<br>(")
