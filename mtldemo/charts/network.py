"""A network as a drawing: what is shared in grey, what is one task's own in its colour, from picture to heads."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.options import Chart
from mtldemo.charts.style import hover_name, panels
from mtldemo.model.diagram import PICTURE, Part
from mtldemo.tasks import Task

LANE, COLUMN, LETTERS = 58, 72, 17
"""Px of a task's lane and of a column, and letters of a part's label at most."""
HALF_WIDTH, HALF_HEIGHT = 0.4, 0.36
"""Of a part, in columns and lanes; parts that share a lane share its height."""
FILLED, EDGE = 0.22, 1.6
"""The opacity of a part, so that the theme's text is readable on it, light or dark, and the width of its edge in px."""
Boxes = dict[int, tuple[float, float, float]]
"""By a part's number: its column, its middle and half of its height, in lanes from the top."""


def network_diagram(parts: Sequence[Part], tasks: Sequence[Task], title: str = "The network") -> Chart:
    """The ``parts`` of a network of ``tasks``, called ``title``, and what reads what. A dotted line joins parts that a
    penalty holds together."""
    boxes = _boxes(parts, [task.name for task in tasks])
    last = max(part.column for part in parts)
    top = min(middle - half for _, middle, half in boxes.values()) - 0.2
    bottom = max(middle + half for _, middle, half in boxes.values()) + 0.2
    height = round(LANE * (bottom - top)) + 30
    figure = panels(
        [""],
        x={"range": [-1.5, last + 0.5], "visible": False, "fixedrange": True},
        y=[{"range": [bottom, top], "visible": False, "fixedrange": True}],
        revision=f"network {len(parts)}",
        height=height,
        grid={"least": COLUMN * (last + 2)},
    )
    figure.update_layout(hovermode="closest", margin={"l": 4, "r": 4, "t": 8, "b": 8})
    _links(figure, parts, boxes)
    for number, part in enumerate(parts):
        _box(figure, part, boxes[number], tasks)
    _label(figure, "picture", boxes[PICTURE])
    column, middle, half = boxes[PICTURE]
    _rectangle(figure, (column - HALF_WIDTH, column + HALF_WIDTH), (middle - half, middle + half), None)
    _hover(figure, parts, boxes, tasks)
    table = _table(parts, tasks)
    own = sum(part.parameters for part in parts if part.owners)
    whole = sum(part.parameters for part in parts)
    alt = (
        f"{len(parts)} parts in {last + 1} columns from the picture to the heads of {len(tasks)} tasks; "
        f"{100 * (1 - own / whole):.0f} % of the parameters are shared."
    )
    caption = "Grey is shared by the tasks, a colour is one task's own. Dotted lines join what is held together."
    if not any(part.pulled for part in parts):
        caption = "Grey is shared by the tasks, a colour is one task's own."
    return Chart(title, caption, figure, alt, table, height=height)


def _boxes(parts: Sequence[Part], names: Sequence[str]) -> Boxes:
    """Where the parts stand: those of a task in its lane, the others above the lanes, or beside all of them where their
    column has no lane."""
    columns: dict[int, list[int]] = {}
    for number, part in enumerate(parts):
        columns.setdefault(part.column, []).append(number)
    above = max(
        sum(not parts[number].lane for number in numbers)
        for numbers in columns.values()
        if any(parts[number].lane for number in numbers)
    )
    boxes: Boxes = {}
    for column, numbers in columns.items():
        common = [number for number in numbers if not parts[number].lane]
        if len(common) == len(numbers):
            # Beside lanes, the backbone goes on above them, and what the tasks have in common stands among them.
            first = common[:1] if above and len(common) > 1 else []
            rest, height = common[len(first) :], (len(names) - 1 - (0 if first else above)) / 2
            boxes |= dict.fromkeys(first, (column, -above, HALF_HEIGHT))
            for place, number in enumerate(rest):
                boxes[number] = (column, height + place - (len(rest) - 1) / 2, HALF_HEIGHT)
            continue
        for place, number in enumerate(common):
            boxes[number] = (column, place - len(common), HALF_HEIGHT)
        for lane, name in enumerate(names):
            own = [number for number in numbers if parts[number].lane == name]
            for place, number in enumerate(own):
                half = HALF_HEIGHT / len(own)
                boxes[number] = (column, lane + (2 * place + 1 - len(own)) * (half + 0.03), half)
    boxes[PICTURE] = (-1, (len(names) - 1 - above) / 2, HALF_HEIGHT)
    return boxes


def _links(figure: go.Figure, parts: Sequence[Part], boxes: Boxes) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for number, part in enumerate(parts):
        column, middle, _ = boxes[number]
        for source in part.reads:
            start, height, _ = boxes[source]
            x += [start + HALF_WIDTH, column - HALF_WIDTH, None]
            y += [height, middle, None]
    style = {"color": with_alpha(NEUTRAL, 0.65), "width": 1.2}
    figure.add_trace(go.Scatter(x=x, y=y, mode="lines", line=style, hoverinfo="skip", showlegend=False))
    pulled = [number for number, part in enumerate(parts) if part.pulled]
    if len(pulled) > 1:
        across = [boxes[number] for number in pulled]
        style = {"color": NEUTRAL, "width": 2.5, "dash": "dot"}
        # Between the boxes: a line through them would cross their labels.
        for (column, upper, half), (_, lower, other) in pairwise(across):
            figure.add_trace(
                go.Scatter(
                    x=[column, column], y=[upper + half, lower - other], mode="lines", line=style, hoverinfo="skip",
                    showlegend=False,
                )
            )  # fmt: skip


def _box(figure: go.Figure, part: Part, box: tuple[float, float, float], tasks: Sequence[Task]) -> None:
    column, middle, half = box
    colours = [task_colour(name, tasks) for name in part.owners] or [NEUTRAL]
    left, width = column - HALF_WIDTH, 2 * HALF_WIDTH / len(colours)
    for place, colour in enumerate(colours):
        across = (left + place * width, left + (place + 1) * width)
        _rectangle(figure, across, (middle - half, middle + half), colour)
    head = part.label == "head"
    title = next((task.title for task in tasks if task.name == part.lane), part.label)
    _label(figure, title if head else part.label, box)


def _rectangle(figure: go.Figure, across: tuple[float, float], down: tuple[float, float], colour: str | None) -> None:
    edge = {"color": colour or NEUTRAL, "width": EDGE if colour else 1}
    figure.add_shape(
        type="rect", x0=across[0], x1=across[1], y0=down[0], y1=down[1], line=edge, layer="below",
        fillcolor=with_alpha(colour, FILLED) if colour else "rgba(0,0,0,0)",
    )  # fmt: skip


def _label(figure: go.Figure, text: str, box: tuple[float, float, float]) -> None:
    shown = text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"
    whole = box[2] == HALF_HEIGHT
    lines = escape(shown).replace(" ", "<br>") if whole else escape(shown)
    figure.add_annotation(x=box[0], y=box[1], text=lines, showarrow=False, font={"size": 11 if whole else 10})


def _hover(figure: go.Figure, parts: Sequence[Part], boxes: Boxes, tasks: Sequence[Task]) -> None:
    """What a part is, where a pointer or a finger is on its middle."""
    texts = [
        f"{hover_name(part.label)}, {_owner(part, tasks)}<br>{part.parameters:,} parameters<br>"
        f"{hover_name(part.path)}<extra></extra>"
        for part in parts
    ]
    figure.add_trace(
        go.Scatter(
            x=[boxes[number][0] for number in range(len(parts))],
            y=[boxes[number][1] for number in range(len(parts))],
            mode="markers",
            marker={"size": 30, "opacity": 0},
            hovertemplate=texts,
            showlegend=False,
        )
    )


def _owner(part: Part, tasks: Sequence[Task]) -> str:
    titles = [task.title for task in tasks if task.name in part.owners]
    return "own of " + hover_name(", ".join(titles)) if titles else "shared"


def _table(parts: Sequence[Part], tasks: Sequence[Task]) -> pd.DataFrame:
    paths = {PICTURE: "picture", **{number: part.path for number, part in enumerate(parts)}}
    titles = {task.name: task.title for task in tasks}
    return pd.DataFrame(
        {
            "part": [part.path for part in parts],
            "is": [part.label for part in parts],
            "owner": [", ".join(titles[name] for name in part.owners) or "shared" for part in parts],
            "parameters": [part.parameters for part in parts],
            "reads": [", ".join(paths[source] for source in part.reads) for part in parts],
        }
    )
