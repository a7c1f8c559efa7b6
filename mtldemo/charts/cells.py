"""A table of counts as cells, each coloured and written as its share of its row."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mtldemo.charts.colours import with_alpha


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
        x=columns,
        y=rows,
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
    size: int,
    diagonal: bool = False,
) -> None:
    """Write each cell's share into it, bold on the ``diagonal``; ``size`` in px.

    As annotations: a heat map's own labels take a colour that ignores what is behind the cell.
    """
    for place, row in enumerate(rows):
        for other, column in enumerate(columns):
            text = f"{shares[place, other]:.0f} %"
            text = f"<b>{text}</b>" if diagonal and place == other else text
            figure.add_annotation(x=column, y=row, text=text, showarrow=False, font={"size": size})
