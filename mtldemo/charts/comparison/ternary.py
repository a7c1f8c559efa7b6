"""The weights of three tasks as a path in a triangle, a panel an arm: each corner gives one task everything."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.comparison.arms import ArmRun, grouped
from mtldemo.charts.comparison.look import add_notes
from mtldemo.charts.comparison.weights import shares
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import axes, hover_name, nothing_yet, panels, trace_id
from mtldemo.charts.thin import bucket_means, smooth
from mtldemo.charts.words import number, short_names
from mtldemo.sentences import listed
from mtldemo.tasks import Task

POINTS = 90
"""Points of one seed's path; the table has them all."""
HEIGHT = 270
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)]])
"""Where the first, second and third task have everything."""
GRID = {"narrowest": 140, "across": 12, "down": 40}
NEAR = 0.03


def weight_paths(runs: Sequence[ArmRun], tasks: Sequence[Task], options: ChartOptions | None = None) -> Chart:
    """Each seed's path of weights, normalised to sum 1, from its start (open circle) to its end (filled).

    The cross in the middle is the plain sum. Needs exactly three tasks.
    """
    options = options or ChartOptions()
    title = "Where the weights go"
    caption = (
        "Weights normalised to sum 1: a corner gives its task everything, the cross gives all the same. One path a "
        "seed, from the open circle to the filled one."
    )
    paths = _paths(runs, tasks, options) if len(tasks) == 3 else {}
    if not paths:
        text = "Three tasks make a triangle." if len(tasks) != 3 else "The first weights will appear here."
        return Chart(title, caption, nothing_yet(text), f"{title}: {text}", pd.DataFrame())
    names = short_names(paths)
    figure = panels(
        [f"<b>{escape(names[arm])}</b>" for arm in paths],
        x={"range": [-0.12, 1.12], "visible": False, "fixedrange": True},
        y=[
            {"range": [-0.17, 1.0], "visible": False, "fixedrange": True, "scaleanchor": f"x{_suffix(panel)}",
             "constrain": "domain"}
            for panel in range(len(paths))
        ],
        revision=f"ternary {len(paths)}",
        height=HEIGHT,
        linked=False,
        grid=GRID,
    )  # fmt: skip
    figure.update_xaxes(constrain="domain")
    figure.update_layout(hovermode="closest", margin={"l": 10, "r": 10, "t": 44, "b": 10}, dragmode=False)
    traces, notes, shapes = [], [], []
    for panel, walks in enumerate(paths.values()):
        shapes += _triangle(panel)
        notes += [_corner(panel, task, index, tasks) for index, task in enumerate(tasks)]
        for run, walk in walks:
            traces += _walk(panel, run, walk, tasks)
    figure.add_traces([*_legend(), *traces])
    add_notes(figure, notes)
    figure.update_layout(shapes=shapes)
    return Chart(title, caption, figure, _words(paths, tasks), _table(paths, tasks), HEIGHT)


ArmPaths = dict[str, list[tuple[ArmRun, np.ndarray]]]


def _paths(runs: Sequence[ArmRun], tasks: Sequence[Task], options: ChartOptions) -> ArmPaths:
    """For each arm, each run with its shares [M, 3]."""
    paths: ArmPaths = {}
    for arm, members in grouped(runs).items():
        for run in members:
            parts = shares(run.frame, tasks)
            parts = parts[np.isfinite(parts).all(axis=1)]
            if len(parts):
                smoothed = np.column_stack([smooth(column, options.smoothing) for column in parts.T])
                # The first and the last weight are marked, so they aren't averaged away.
                walk = np.vstack([smoothed[:1], bucket_means(smoothed, POINTS), smoothed[-1:]])
                paths.setdefault(arm, []).append((run, walk))
    return paths


def _walk(panel: int, run: ArmRun, walk: np.ndarray, tasks: Sequence[Task]) -> list[go.Scatter]:
    points = (walk @ CORNERS).astype(np.float32)
    shown = "<br>".join(f"{hover_name(task.title)} %{{customdata[{index}]:.2f}}" for index, task in enumerate(tasks))
    what = "" if run.seed is None else f"seed {run.seed}"
    common = {"showlegend": False, "meta": {"arm": run.arm, "run": run.name}, **axes(panel)}
    path = go.Scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="lines",
        uid=trace_id(f"{panel} {run.arm} {run.seed} path"),
        line={"width": 1.6},
        opacity=0.6,
        customdata=walk.astype(np.float32),
        hovertemplate=f"{shown}<extra>{what}</extra>",
        **common,
    )
    ends = go.Scatter(
        x=points[[0, -1], 0],
        y=points[[0, -1], 1],
        mode="markers",
        uid=trace_id(f"{panel} {run.arm} {run.seed} ends"),
        marker={"symbol": ["circle-open", "circle"], "size": [8, 9], "opacity": 1},
        customdata=walk[[0, -1]].astype(np.float32),
        text=["start", "end"],
        hovertemplate=f"%{{text}}<br>{shown}<extra>{what}</extra>",
        **common,
    )
    return [path, ends]


def _triangle(panel: int) -> list[dict[str, Any]]:
    """The triangle with a line for each quarter of each share, and the plain sum's cross."""
    suffix = _suffix(panel)
    common = {"layer": "below", "xref": f"x{suffix}", "yref": f"y{suffix}"}
    fine, rim = ({"color": with_alpha(NEUTRAL, alpha), "width": width} for alpha, width in ((0.35, 0.7), (1.0, 1.4)))
    drawn: list[dict[str, Any]] = []
    for share in (0.25, 0.5, 0.75):
        for corner in range(3):
            one, other = (CORNERS[(corner + turn) % 3] * (1 - share) + CORNERS[corner] * share for turn in (1, 2))
            drawn.append(_segment(one, other, fine, common))
    drawn += [_segment(CORNERS[index], CORNERS[(index + 1) % 3], rim, common) for index in range(3)]
    middle = CORNERS.mean(axis=0)
    for step in (np.array([0.03, 0.0]), np.array([0.0, 0.03])):
        drawn.append(_segment(middle - step, middle + step, {"color": NEUTRAL, "width": 2}, common))
    return drawn


def _segment(one: np.ndarray, other: np.ndarray, line: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    ends = {"x0": float(one[0]), "y0": float(one[1]), "x1": float(other[0]), "y1": float(other[1])}
    return {"type": "line", **ends, "line": line, **common}


def _corner(panel: int, task: Task, index: int, tasks: Sequence[Task]) -> dict[str, Any]:
    suffix, x, y = _suffix(panel), *CORNERS[index].tolist()
    return {
        "x": x,
        "y": y,
        "xref": f"x{suffix}",
        "yref": f"y{suffix}",
        "text": f"<span style='color:{task_colour(task, tasks)}'>■</span> {escape(task.title)}",
        "showarrow": False,
        "yanchor": "bottom" if index == 2 else "top",
        "xanchor": ("left", "right", "center")[index],
        "xshift": (-12, 12, 0)[index],
        "font": {"size": 11},
    }


def _legend() -> list[go.Scatter]:
    return [
        go.Scatter(
            x=[None], y=[None], mode="markers", name=name, uid=trace_id(f"legend {name}"), hoverinfo="skip",
            marker={"symbol": symbol, "size": 9},
        )
        for name, symbol in (("start", "circle-open"), ("end", "circle"), ("plain sum", "cross-thin-open"))
    ]  # fmt: skip


def _suffix(panel: int) -> str:
    return "" if panel == 0 else str(panel + 1)


def _table(paths: ArmPaths, tasks: Sequence[Task]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"arm": arm, "seed": run.seed, "run": run.name, "point": np.arange(len(walk)),
                      **{task.name: walk[:, index] for index, task in enumerate(tasks)}})
        for arm, walks in paths.items()
        for run, walk in walks
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _words(paths: ArmPaths, tasks: Sequence[Task]) -> str:
    sentences, still = [], []
    for arm, walks in paths.items():
        end = np.mean([walk[-1] for _, walk in walks], axis=0)
        if np.abs(end - 1 / 3).max() < NEAR:
            still.append(arm)
            continue
        most = int(end.argmax())
        sentences.append(f"{arm} towards {tasks[most].title} ({number(end[most])} of the weight)")
    if still:
        sentences.append(f"{listed(still)} {'ends' if len(still) == 1 else 'end'} at equal weights")
    return f"At the end: {'; '.join(sentences)}."
