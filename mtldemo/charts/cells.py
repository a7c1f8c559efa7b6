"""A table of counts as cells, each coloured and written as its share of its row."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mtldemo.charts.colours import with_alpha
from mtldemo.charts.words import short_names

LONGEST, LETTER = 18, 6.3
"""Letters of a row's or column's name, and the px of one."""
PHONE, CELL = 324, 32
"""Px that a chart is wide on a phone, and that a share needs."""
ROW, LOW_ROW, FEW_ROWS = 46, 26, 6
"""Height in px of a row, and of one of more than a few."""


def row_shares(counts: np.ndarray) -> np.ndarray:
    """``counts`` [R, C] in percent of their row; zero in a row without any."""
    rows = counts.sum(axis=1, keepdims=True)
    return 100 * np.divide(counts, rows, out=np.zeros(counts.shape), where=rows > 0)


def heat_cells(
    shares: np.ndarray, counts: np.ndarray, rows: Sequence[str], columns: Sequence[str], colour: str, *, hover: str
) -> go.Heatmap:
    """Cells of ``shares`` [R, C] in percent; ``hover`` begins what is said of one, before its share and its count."""
    return go.Heatmap(
        z=shares,
        # What comes from a person is no markup, here and in the names beside the axes.
        x=[escape(name) for name in columns],
        y=[escape(name) for name in rows],
        customdata=counts.astype(np.int64),
        # The strongest cell stays a little transparent, so that the theme's text is readable on it, light or dark.
        colorscale=[[0, with_alpha(colour, 0.03)], [1, with_alpha(colour, 0.7)]],
        zmin=0,
        zmax=100,
        xgap=2,
        ygap=2,
        showscale=False,
        uid="cells",
        hovertemplate=f"{hover}<br>%{{z:.1f}} % (%{{customdata:,}})<extra></extra>",
    )


def write_shares(
    figure: go.Figure,
    shares: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    diagonal: bool = False,
) -> None:
    """Write each cell's share, of ``shares`` [R, C] in percent, into it where a phone has room for all of them, bold on
    the ``diagonal``.

    As annotations: a heat map's own labels take a colour that ignores what is behind the cell.
    """
    if len(columns) * CELL > PHONE - _room(rows) - 12:
        return
    size = 12 if len(columns) <= 4 else 11
    for index, row in enumerate(rows):
        for other, column in enumerate(columns):
            text = f"{shares[index, other]:.0f} %"
            text = f"<b>{text}</b>" if diagonal and index == other else text
            figure.add_annotation(x=escape(column), y=escape(row), text=text, showarrow=False, font={"size": size})


def name_cells(figure: go.Figure, rows: Sequence[str], columns: Sequence[str], *, below: str, beside: str = "") -> int:
    """Name the rows and columns of a table of cells in short forms, turned where the page is too narrow for them, with
    a title for each side; returns the height in px that the figure needs on a phone, which it then has."""
    short_rows, short_columns = short_names(rows, LONGEST), short_names(columns, LONGEST)
    longest = max((len(name) for name in short_columns.values()), default=0)
    left = _room(rows) + (18 if beside else 0)
    turned = len(columns) * (LETTER * longest + 8) > PHONE - left - 12
    under = round(34 + (LETTER * longest if turned else 16))
    height = 12 + (ROW if len(rows) <= FEW_ROWS else LOW_ROW) * max(len(rows), 2) + under
    figure.update_layout(hovermode="closest", height=height, margin={"l": left, "r": 12, "t": 12, "b": 48})
    common = {"type": "category", "showgrid": False, "fixedrange": True, "ticks": ""}
    # With a margin that grows, the title keeps its distance from names that are turned.
    figure.update_xaxes(
        **common, **_ticks(short_columns), autotickangles=[0, 90], automargin=True,
        title={"text": escape(below), "standoff": 6},
    )  # fmt: skip
    figure.update_yaxes(**common, **_ticks(short_rows), autorange="reversed", title={"text": escape(beside)})
    return height


def _room(rows: Sequence[str]) -> int:
    """The px that the names of rows take on the left."""
    return round(16 + LETTER * max((len(name) for name in short_names(rows, LONGEST).values()), default=0))


def _ticks(short: Mapping[str, str]) -> dict[str, Any]:
    return {"tickvals": [escape(name) for name in short], "ticktext": [escape(form) for form in short.values()]}
