"""How arms are told apart in one panel, since colour means task: dash, marker, a name beside the line, and muting."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mtldemo.charts.colours import DASHES, NEUTRAL, with_alpha
from mtldemo.charts.comparison.arms import Band
from mtldemo.charts.style import axes, hover_name, line, trace_id
from mtldemo.charts.words import short_names

MARKERS = (
    "circle", "square", "diamond", "triangle-up", "cross", "star", "x", "pentagon", "triangle-down", "hexagon",
    "hourglass", "bowtie", "star-square", "star-diamond", "diamond-tall", "diamond-wide", "triangle-left",
    "triangle-right", "hexagram", "asterisk-open",
)  # fmt: skip
FEW = 6
"""So many arms in front are told apart by dashes and bands; more are thin lines, told apart by their names alone."""
LABEL_LINE, LABEL_SIZE, LETTER, LONGEST = 13, 11, 6.1, 18
"""Height of a name beside a line, size of its letters, and the width of one, in px; so many letters at most."""
LABEL_GAP = 16
"""From a line's end to its name in px."""


def add_notes(figure: Any, notes: Iterable[Mapping[str, Any]]) -> None:
    """Add annotations to those that ``figure`` has."""
    figure.layout.annotations = [*figure.layout.annotations, *notes]


def label_room(names: Collection[str]) -> int:
    """The px that the names beside the lines take, their distance from the lines included."""
    forms = short_names(names, LONGEST).values()
    return round(LABEL_GAP + 6 + LETTER * max((len(form) for form in forms), default=0))


def tall(arms: int, height: int) -> int:
    """A panel's height in px that has room for the names of so many arms beside its lines."""
    return max(height, round(110 + LABEL_LINE * arms / 0.78))


def in_front(arms: Sequence[str], focus: Collection[str]) -> set[str]:
    """The arms that are drawn in full colour: those in ``focus``, or all where none of them is there."""
    return {arm for arm in arms if arm in focus} or set(arms)


def draw_bands(
    figure: go.Figure, panel: int, parts: Mapping[str, Band], colour: str | None, focus: Collection[str], *, uid: str,
    hover: str
) -> None:  # fmt: skip
    """One line an arm in ``colour`` with the band of its seeds; arms out of ``focus`` are grey and thin.

    What belongs to no task has no colour: it is drawn like text. ``hover`` shows a number and whose it is, such as
    ``%{y:.3g}<extra>Age</extra>``; the arm's name is added.
    """
    names, front = short_names(parts), in_front(list(parts), focus)
    few, muted = len(front) <= FEW, with_alpha(NEUTRAL, 0.45)
    traces = []
    # What is in front is drawn last.
    for index, (arm, band) in sorted(enumerate(parts.items()), key=lambda item: item[1][0] in front):
        known = np.isfinite(band.low) & np.isfinite(band.high)
        if few and arm in front and known.any():
            traces.append(
                area(
                    f"{uid} {index} {arm} band",
                    panel,
                    band.x[known],
                    band.low[known],
                    band.high[known],
                    colour or NEUTRAL,
                )
            )
        style = {"dash": DASHES[index % len(DASHES)] if few and arm in front else "solid"}
        traces.append(
            line(
                f"{uid} {index} {arm}",
                band.x,
                band.mean,
                panel,
                colour=muted if arm not in front else colour if few or colour is None else with_alpha(colour, 0.75),
                width=2.2 if few and arm in front else 1.3,
                opacity=0.7 if colour is None and not few else 1.0,
                line=style,
                name=names[arm],
                meta={"arm": arm},
                hovertemplate=hover.replace("<extra>", f"<extra>{hover_name(names[arm])}, "),
            )
        )
    figure.add_traces(traces)


def end_labels(
    panel: int, parts: Mapping[str, Band], focus: Collection[str], span: tuple[float, float], inner: float, *,
    log: bool = False
) -> list[dict[str, Any]]:  # fmt: skip
    """Annotations that name each arm beside the end of its line, moved apart so that none covers another.

    ``span`` is the range of the y axis (of its logarithms where ``log``), ``inner`` the panel's height in px where it
    is lowest.
    """
    names, front = short_names(parts, LONGEST), in_front(list(parts), focus)
    suffix = "" if panel == 0 else str(panel + 1)
    ends = {arm: band.end for arm, band in parts.items()}
    ends = {arm: (x, _along(y, log=log)) for arm, (x, y) in ends.items() if np.isfinite(_along(y, log=log))}
    low, high = span
    heights = np.array([np.clip((y - low) / (high - low or 1.0), 0, 1) * inner for _, y in ends.values()])
    label_heights = LABEL_LINE / 2 + spread_out(heights - LABEL_LINE / 2, LABEL_LINE, inner - LABEL_LINE)
    notes = []
    for (arm, (x, y)), height, free in zip(ends.items(), heights, label_heights, strict=True):
        bold = arm in front and len(front) < len(parts)
        text = escape(names[arm])
        notes.append(
            {
                "x": x,
                "y": float(np.clip(y, low, high)),
                "xref": f"x{suffix}",
                "yref": f"y{suffix}",
                "ax": LABEL_GAP,
                "ay": float(height - free),
                "text": f"<b>{text}</b>" if bold else text,
                "xanchor": "left",
                "yanchor": "middle",
                "align": "left",
                "showarrow": True,
                "arrowhead": 0,
                "arrowwidth": 1,
                "arrowcolor": with_alpha(NEUTRAL, 0.6),
                "standoff": 2,
                "borderpad": 0,
                "opacity": 1.0 if arm in front else 0.75,
                "font": {"size": LABEL_SIZE},
            }
        )
    return notes


def x_range(panels: Iterable[Mapping[str, Band]]) -> list[float]:
    """The range of x that holds all curves; without one Plotly would make room for their names inside the panel."""
    ends = [edge for parts in panels for band in parts.values() for edge in (band.x[0], band.x[-1])]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    return [low, high + 0.01 * (high - low)] if high > low else [low - 0.5, high + 0.5]


def spread_out(heights: np.ndarray, least: float, whole: float) -> np.ndarray:
    """``heights`` [N] moved as little as needed, so that neighbours are ``least`` apart and lie within 0 to ``whole``.

    Their order stays. Where there isn't room for all, they stand at equal distances.
    """
    count = len(heights)
    if count == 0:
        return heights
    least = min(least, whole / max(count - 1, 1))
    order = np.argsort(heights, kind="stable")
    # Without the distances wanted between them they only have to ascend: the nearest ascending sequence.
    steps = least * np.arange(count)
    room = whole - steps[-1]
    flat = np.clip(_ascending(heights[order] - steps), 0, room) + steps
    moved = np.empty(count)
    moved[order] = flat
    return moved


def _ascending(values: np.ndarray) -> np.ndarray:
    """The ascending sequence that is nearest to ``values`` by squares: neighbours that descend are averaged."""
    blocks: list[list[float]] = []
    for value in values.tolist():
        blocks.append([value, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            last, count = blocks.pop()
            mean, before = blocks[-1]
            blocks[-1] = [(mean * before + last * count) / (before + count), before + count]
    return np.concatenate([np.full(int(count), mean) for mean, count in blocks])


def _along(value: float, *, log: bool) -> float:
    if not log:
        return value
    return float(np.log10(value)) if value > 0 else np.nan


def area(uid: str, panel: int, x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> go.Scatter:
    """The band between ``low`` and ``high`` [M] over ``x``."""
    return go.Scatter(
        x=np.concatenate([x, x[::-1]]).astype(np.float32),
        y=np.concatenate([high, low[::-1]]).astype(np.float32),
        mode="lines",
        uid=trace_id(uid),
        fill="toself",
        fillcolor=with_alpha(colour, 0.16),
        line={"width": 0, "color": colour},
        hoverinfo="skip",
        showlegend=False,
        **axes(panel),
    )
