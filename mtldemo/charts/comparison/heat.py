"""A heat map of arms by columns whose every cell is written out: what the rank, best and cosine maps share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, PURPLE, with_alpha
from mtldemo.charts.comparison.look import LETTER, add_notes
from mtldemo.charts.style import panels, trace_id
from mtldemo.charts.words import short_names

ROW, REST, LONGEST = 26, 74, 17
"""Height in px of an arm's row and of what is around them, and letters of an arm's name at most."""
TOP, TURNED = 56, 150
"""Height in px of the headings; of many columns they are turned, and no cell has room to be written out."""
MOST_COLUMNS = 12
STRONGEST = 0.7
"""A cell never covers more than this, so that the theme's text is readable on it, light or dark."""


@dataclass(frozen=True)
class Cell:
    """What a cell says, how strongly it is coloured (-1 to 1; below 0 in purple), and what hovering says."""

    text: str
    strength: float
    hover: str = ""
    bold: bool = False
    faint: bool = False


def heat(
    arms: Sequence[str], headings: Mapping[str, str], cells: Mapping[tuple[str, str], Cell], *,
    colours: Mapping[str, str | None], name: str
) -> go.Figure:  # fmt: skip
    """``cells`` by arm and column; ``headings`` of the columns (two or three short lines) and their ``colours`` (grey
    where there is none)."""
    columns, names = list(headings), short_names(arms, LONGEST)
    many = len(columns) > MOST_COLUMNS
    top = TURNED if many else TOP
    figure = panels([""], revision=f"{name} {len(arms)}", height=ROW * len(arms) + REST - TOP + top, linked=False)
    for place, column in enumerate(columns):
        colour = colours.get(column) or NEUTRAL
        strength = [_strength(cells.get((arm, column))) for arm in arms]
        hover = [_hover(cells.get((arm, column)), arm) for arm in arms]
        scale = [
            [0, with_alpha(PURPLE, STRONGEST)],
            [0.5, with_alpha(colour, 0.0)],
            [1, with_alpha(colour, STRONGEST)],
        ]
        figure.add_trace(
            go.Heatmap(
                z=np.array(strength)[:, None],
                x=[place],
                y=np.arange(len(arms)),
                text=np.array(hover, dtype=object)[:, None],
                hovertemplate="%{text}<extra></extra>",
                colorscale=scale,
                zmin=-1,
                zmax=1,
                xgap=2,
                ygap=2,
                showscale=False,
                uid=trace_id(f"{name} {column}"),
                meta={"arms": list(arms)},
            )
        )
    notes = [
        {"x": columns.index(column), "y": arms.index(arm), "showarrow": False, "font": {"size": 12},
         "opacity": 0.5 if cell.faint else 1.0,
         "text": f"<b>{escape(cell.text)}</b>" if cell.bold else escape(cell.text)}
        for (arm, column), cell in cells.items()
        if not many
    ]  # fmt: skip
    add_notes(figure, notes)
    figure.update_layout(hovermode="closest", margin={"l": row_room(names.values()), "r": 12, "t": top, "b": 12})
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=[re.sub(r"(<br>)+", " ", text).strip() if many else text for text in headings.values()],
        tickfont={"size": 11},
        side="top",
        ticks="",
        tickangle=-90 if many else 0,
        range=[-0.5, len(columns) - 0.5],
        showgrid=False,
        fixedrange=True,
    )
    arm_axis(figure, [escape(names[arm]) for arm in arms])
    return figure


def arm_axis(figure: go.Figure, labels: Sequence[str]) -> None:
    """Write the arms beside the rows 0, 1, ... of all panels, the first on top."""
    figure.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=list(labels),
        range=[len(labels) - 0.5, -0.5],
        ticks="",
        showgrid=False,
        fixedrange=True,
        zeroline=False,
    )


def row_room(names: Iterable[str]) -> int:
    """The px that the names of rows, short as they are, take on the left."""
    return round(14 + 1.06 * LETTER * max(map(len, names), default=0))


def _strength(cell: Cell | None) -> float:
    return np.nan if cell is None else float(np.clip(cell.strength, -1, 1))


def _hover(cell: Cell | None, arm: str) -> str:
    return "" if cell is None else f"<b>{escape(arm)}</b><br>{escape(cell.hover or cell.text)}"
