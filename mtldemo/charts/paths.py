"""The paths of strategies through a landscape of two tasks, a panel each: in the plane of the parameters, over the
contours of both losses, and in the plane of the two losses. The Pareto front is the thick line in both.

``paths`` are, for each strategy's label, one array [T, 2] a start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import BLUE, NEUTRAL, VERMILLION, with_alpha
from mtldemo.charts.options import Chart
from mtldemo.charts.style import axes, nothing_yet, panels, trace_id
from mtldemo.charts.words import number
from mtldemo.sentences import listed

Paths = Mapping[str, Sequence[np.ndarray]]
POINTS = 120
"""Points of a drawn path; the table has them all."""
HEIGHT = 330
FRONT = {"color": with_alpha(NEUTRAL, 0.5), "width": 8}


@dataclass(frozen=True)
class Grid:
    """Both losses over the plane: ``x`` [X] and ``y`` [Y] in rising order, ``losses`` [2, Y, X]."""

    x: np.ndarray
    y: np.ndarray
    losses: np.ndarray


def parameter_paths(paths: Paths, arrived: Mapping[str, Sequence[bool]], front: np.ndarray, grid: Grid) -> Chart:
    """The paths in the plane of the two parameters; ``arrived`` says which end on the ``front`` [N, 2]."""
    title = "Paths over the landscape"
    x_title, y_title = "θ₁", "θ₂"
    figure = _figure(paths, x_title, y_title, "parameters")
    for panel in range(len(paths)):
        figure.add_traces(_contours(grid, panel))
    _lines(figure, paths, arrived, front)
    _legend(figure, ("task 1", BLUE), ("task 2", VERMILLION))
    figure.update_xaxes(range=[float(grid.x[0]), float(grid.x[-1])], showgrid=False)
    figure.update_yaxes(range=[float(grid.y[0]), float(grid.y[-1])], showgrid=False)
    words = reach_words(arrived)
    caption = f"{words} Thin lines: where a task's loss is the same; the closer they are, the steeper."
    return Chart(
        title, caption if paths else words, figure, words, _table(paths, ("theta_1", "theta_2")), height=HEIGHT
    )


def loss_paths(paths: Paths, arrived: Mapping[str, Sequence[bool]], front: np.ndarray) -> Chart:
    """The same paths by the two losses, each [T, 2]; lower left is better. ``arrived`` says for each whether it ends on
    the Pareto ``front`` [F, 2]."""
    title = "The same paths by their losses"
    blue = f"<span style='color:{BLUE}'>■</span> Loss of task 1"
    red = f"<span style='color:{VERMILLION}'>■</span> Loss of task 2"
    figure = _figure(paths, blue, red, "losses")
    _lines(figure, paths, arrived, front)
    _legend(figure)
    every = [walk for walks in paths.values() for walk in walks]
    if every:
        high = np.max([walk.max(axis=0) for walk in every], axis=0)
        for axis, top in zip((figure.update_xaxes, figure.update_yaxes), high, strict=True):
            axis(range=[-0.06 * top, 1.06 * top])
    words = spread_words(paths, arrived)
    return Chart(title, words, figure, words, _table(paths, ("loss_1", "loss_2")), height=HEIGHT)


def reach_words(arrived: Mapping[str, Sequence[bool]]) -> str:
    """Which strategies reach the front, and from how many starts."""
    if not arrived:
        return "Choose a strategy to see its paths."
    groups: dict[tuple[int, int], list[str]] = {}
    for label, ends in arrived.items():
        groups.setdefault((sum(ends), len(ends)), []).append(label)
    parts = []
    for (count, whole), labels in sorted(groups.items(), reverse=True):
        which = f"all {whole}" if count == whole else f"{count} of {whole}" if count else f"none of {whole}"
        verb = "reaches" if len(labels) == 1 else "reach"
        parts.append(f"{listed(labels)} {verb} the Pareto front from {which} starts")
    return f"{'; '.join(parts)}."


def spread_words(paths: Paths, arrived: Mapping[str, Sequence[bool]]) -> str:
    """Where on the front the paths end, as each strategy's mean losses there."""
    parts = []
    for label, walks in paths.items():
        ends = np.array([walk[-1] for walk, there in zip(walks, arrived[label], strict=True) if there])
        if len(ends):
            first, second = ends.mean(axis=0)
            parts.append(f"{label} {number(first)} and {number(second)}")
    if not parts:
        return "No path ends on the Pareto front."
    return f"Lower left is better. Mean losses of task 1 and task 2 at the ends on the front: {'; '.join(parts)}."


def _figure(paths: Paths, x_title: str, y_title: str, revision: str) -> go.Figure:
    if not paths:
        return nothing_yet("Choose a strategy above.", HEIGHT)
    titles = [f"<b>{escape(label)}</b>" for label in paths]
    y = [{"title": {"text": y_title if panel == 0 else "", "standoff": 2}} for panel in range(len(paths))]
    figure = panels(
        titles,
        x={"title": {"text": x_title, "standoff": 2}},
        y=y,
        revision=f"{revision} {len(paths)}",
        height=HEIGHT,
        linked=False,
    )
    figure.update_layout(hovermode="closest")
    return figure


def _lines(figure: go.Figure, paths: Paths, arrived: Mapping[str, Sequence[bool]], front: np.ndarray) -> None:
    for panel, (label, walks) in enumerate(paths.items()):
        common = {**axes(panel), "showlegend": False, "hoverinfo": "skip"}
        figure.add_trace(_front_line(front, label, common))
        starts = np.array([walk[0] for walk in walks])
        for index, walk in enumerate(walks):
            drawn = walk[np.unique(np.linspace(0, len(walk) - 1, POINTS).astype(int))]
            figure.add_trace(
                go.Scatter(
                    x=drawn[:, 0].astype(np.float32),
                    y=drawn[:, 1].astype(np.float32),
                    mode="lines",
                    uid=trace_id(f"path {label} {index}"),
                    line={"width": 1.8},
                    **common,
                )
            )
        figure.add_trace(_points(starts, f"start {label}", "circle-open", "start", common, None))
        for there, symbol, word in ((True, "circle", "ends on the front"), (False, "x", "stuck before the front")):
            ends = [walk[-1] for walk, end in zip(walks, arrived[label], strict=True) if end is there]
            points = np.array(ends).reshape(-1, 2)
            figure.add_trace(_points(points, f"{word} {label}", symbol, word, common, panel))


def _legend(figure: go.Figure, *more: tuple[str, str]) -> None:
    """The entries of the legend; ``more`` are names and colours of further lines."""
    lines = [("front", FRONT), *((name, {"color": colour, "width": 1.5}) for name, colour in more)]
    for name, line in lines:
        figure.add_trace(
            go.Scatter(x=[None], y=[None], mode="lines", name=name, uid=trace_id(f"legend {name}"), line=line)
        )
    for name, symbol in (("start", "circle-open"), ("arrives", "circle"), ("stuck", "x")):
        marker = {"symbol": symbol, "size": 9}
        figure.add_trace(
            go.Scatter(x=[None], y=[None], mode="markers", name=name, uid=trace_id(f"legend {name}"), marker=marker)
        )


def _front_line(front: np.ndarray, label: str, common: dict) -> go.Scatter:
    return go.Scatter(
        x=front[:, 0].astype(np.float32),
        y=front[:, 1].astype(np.float32),
        mode="lines",
        uid=trace_id(f"front {label}"),
        line=FRONT,
        **common,
    )


def _points(points: np.ndarray, uid: str, symbol: str, word: str, common: dict, panel: int | None) -> go.Scatter:
    size = 8 if panel is None else 9
    return go.Scatter(
        x=points[:, 0].astype(np.float32),
        y=points[:, 1].astype(np.float32),
        mode="markers",
        uid=trace_id(uid),
        marker={"symbol": symbol, "size": size},
        hovertemplate=f"{word}: %{{x:.2f}}, %{{y:.2f}}<extra></extra>",
        **{key: value for key, value in common.items() if key != "hoverinfo"},
    )


def _contours(grid: Grid, panel: int) -> list[go.Contour]:
    """Each loss in its task's colour: the closer the lines, the steeper."""
    return [
        go.Contour(
            x=grid.x.astype(np.float32),
            y=grid.y.astype(np.float32),
            z=loss.astype(np.float32),
            uid=f"contours{panel}_{index}",
            ncontours=16,
            contours={"coloring": "none"},
            line={"width": 1, "color": with_alpha(colour, 0.45)},
            showscale=False,
            showlegend=False,
            hoverinfo="skip",
            **axes(panel),
        )
        for index, (loss, colour) in enumerate(zip(grid.losses, (BLUE, VERMILLION), strict=True))
    ]


def _table(paths: Paths, names: tuple[str, str]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"strategy": label, "start": index + 1, "step": np.arange(len(walk)), names[0]: walk[:, 0],
                      names[1]: walk[:, 1]})
        for label, walks in paths.items()
        for index, walk in enumerate(walks)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
