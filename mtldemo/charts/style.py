"""The look that all figures share, and panels side by side.

Figures carry no colour of text, grid or background, and what is to look like text has none at all: whoever shows them
adds the theme (``themed`` here, or a page's script from its own theme). Panels are laid out in one row; a page that
draws with ``FIGURE_SCRIPT`` puts them in as many rows as its width asks for, told by ``layout.meta``.
"""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, task_colour
from mtldemo.charts.options import ChartOptions
from mtldemo.records.frame import Columns
from mtldemo.tasks import Task

GAP_PX, MARGINS = 64, {"l": 52, "r": 14, "t": 58, "b": 44}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
FIGURE_SCRIPT = Path(__file__).parent / "assets" / "figure.js"
"""JavaScript functions that lay a figure's panels out for a width and give it a page's theme."""
FEWEST_IN_A_LINE = 3
"""Points of a curve, below which they are marked."""
_BARE = go.layout.Template()
_LEGEND = {
    "orientation": "h",
    "traceorder": "normal",
    "itemwidth": 30,
    "xref": "container",
    "x": 0,
    "xanchor": "left",
    "yref": "container",
    "y": 1,
    "yanchor": "top",
}


def swatch(colour: str, text: str) -> str:
    """A heading in the text's own colour behind a square in a task's ``colour``."""
    return f"<span style='color:{colour}'>■</span> {text}"


def hover_name(text: str) -> str:
    """``text`` within a ``hovertemplate``, where ``%{x}`` would be filled in as well as markup be read."""
    return escape(text).replace("%", "&#37;")


def hover_value(task: Task, value: str, unit: str, what: str = "") -> str:
    """What hovering over a curve says: ``value``, such as ``%{y:.3g}``, with its ``unit``, and whose it is."""
    whose = hover_name(task.title) + (f", {what}" if what else "")
    return f"{value} {hover_name(unit)}".rstrip() + f"<extra>{whose}</extra>"


def figure_height(figure: go.Figure) -> int:
    """The height in px of one row of the figure's panels."""
    return int(figure.layout["height"])  # pyright: ignore[reportArgumentType]


def panel_title(task: Task, what: str, tasks: Sequence[Task]) -> str:
    """The heading of a panel that shows one of the ``tasks``."""
    return swatch(task_colour(task, tasks), f"<b>{escape(task.title)}</b> {escape(what)}")


def axes(panel: int) -> dict[str, str]:
    """The names of the axes of the panel number ``panel``, from 0, as a trace wants them."""
    number = "" if panel == 0 else str(panel + 1)
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def panels(
    titles: Sequence[str],
    *,
    x: dict[str, Any] | None = None,
    y: Sequence[dict[str, Any]] | None = None,
    revision: str,
    height: int = 280,
    linked: bool = True,
    grid: dict[str, Any] | None = None,
) -> go.Figure:
    """A figure with one panel for each heading, in one row.

    ``x`` and ``y`` (one for each panel) are added to the axes. ``linked`` panels zoom along x together. While
    ``revision`` is the same, zoom and hidden curves survive an update. ``grid`` says how a page may wrap the row:
    ``narrowest`` panel in px, the px between panels ``across`` and ``down``, which axes are ``shared`` and so written
    once (``x``, ``y``, ``xy``), and the ``least`` width in px, below which the figure is scrolled sideways. What a
    heading has in bold, such as a task's title, is shortened where a panel has no room for it.
    """
    count = max(len(titles), 1)
    gap = min(0.06, 0.4 / count) if count > 1 else 0.0
    width = (1 - gap * (count - 1)) / count
    layout: dict[str, Any] = {
        "template": _BARE,
        "height": height,
        "margin": MARGINS,
        "hovermode": "x unified",
        "uirevision": revision,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {**_LEGEND},
        "meta": {"panels": count, **(grid or {})},
        "annotations": [],
    }
    for number in range(count):
        suffix = "" if number == 0 else str(number + 1)
        start = number * (width + gap)
        along = {"domain": [start, start + width], "anchor": f"y{suffix}", "zeroline": False, "nticks": 6, **(x or {})}
        if linked and number:
            along["matches"] = "x"
        layout[f"xaxis{suffix}"] = along
        up = {"domain": [0, 1], "anchor": f"x{suffix}", "zeroline": False, "nticks": 6, "automargin": False}
        layout[f"yaxis{suffix}"] = {**up, **(y[number] if y else {})}
        if number < len(titles) and titles[number]:
            layout["annotations"].append(
                {
                    "name": "heading",
                    "text": titles[number],
                    "xref": f"x{suffix} domain",
                    "yref": f"y{suffix} domain",
                    "x": 0,
                    "y": 1,
                    "xanchor": "left",
                    "yanchor": "bottom",
                    "xshift": -8,
                    "yshift": 2,
                    "showarrow": False,
                    "font": {"size": 13},
                }
            )
    return go.Figure(layout=layout)


def nothing_yet(text: str, height: int = 280) -> go.Figure:
    """A figure without data that says so."""
    figure = panels([""], revision="empty", height=height)
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    figure.add_annotation(
        text=escape(text), showarrow=False, font={"size": 14}, xref="paper", yref="paper", x=0.5, y=0.5
    )
    return figure


def x_axis(options: ChartOptions, longest: float) -> tuple[dict[str, Any], float]:
    """The x axis's settings and what its values are divided by. ``longest`` is the run's training time in seconds."""
    if options.x == "step":
        return _along("Training step", "Step %{x:,.0f}"), 1.0
    if options.x == "epoch":
        return _along("Epoch", "Epoch %{x:.2f}"), 1.0
    # A unit is kept long enough that the axis doesn't change under the reader's eyes.
    unit, size = ("seconds", 1.0) if longest < 180 else ("minutes", 60.0) if longest < 10_800 else ("hours", 3600.0)
    return _along(f"Training time ({unit})", f"%{{x:.1f}} {unit}"), size


def _along(title: str, hover: str) -> dict[str, Any]:
    return {"title": {"text": title, "standoff": 6}, "unifiedhovertitle": {"text": hover}}


def longest_time(*parts: Columns) -> float:
    """The newest training time in seconds, 0 where there is none."""
    return max([0.0, *(time for part in parts if (time := part.last("time")) == time)])


def log_axis(options: ChartOptions) -> dict[str, Any]:
    """The y axis's kind, as the person chose."""
    return {"type": "log", "dtick": "D2", "tickformat": "~g"} if options.log_y else {}


def line(
    uid: str, x: np.ndarray, y: np.ndarray, panel: int, *, colour: str | None, width: float = 2, **more: Any
) -> go.Scatter:
    """A curve of ``y`` [N] over ``x`` [N] as an SVG trace, with gaps at ``nan``; its points are marked where there are
    too few to see a line. By its ``uid`` a hidden curve stays hidden through updates."""
    style = {"color": colour, "width": width, **more.pop("line", {})}
    few = int(np.isfinite(y).sum()) < FEWEST_IN_A_LINE
    marks = {"mode": "lines+markers", "marker": {"size": 7, "color": colour}} if few else {"mode": "lines"}
    more = {**marks, "uid": trace_id(uid), "name": uid, "showlegend": False, **axes(panel), **more}
    return go.Scatter(x=x.astype(np.float32), y=y.astype(np.float32), line=style, **more)


def trace_id(name: str) -> str:
    """``name`` as a trace's ``uid``. Plotly looks traces up by a CSS selector made of it, so it keeps letters only."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name)


def legend_entry(name: str, group: str, **more: Any) -> go.Scatter:
    """An entry in neutral grey that hides and shows the curves of ``group`` in all panels at once."""
    style = {"color": NEUTRAL, **more.pop("line", {})}
    more = {"mode": "lines", "hoverinfo": "skip", **more}
    return go.Scatter(
        x=[None], y=[None], name=name, uid=trace_id(f"legend {group}"), legendgroup=group, line=style, **more
    )


def themed(figure: go.Figure, *, dark: bool = False) -> go.Figure:
    """A copy in colours for a white or dark page, for a figure that is shown outside the dashboard."""
    text, grid, page = ("#E5E9EE", "#2B3641", "#0F1720") if dark else ("#1F2933", "#E1E6EB", "#FFFFFF")
    axis = {"gridcolor": grid, "linecolor": grid, "zerolinecolor": grid}
    copy = go.Figure(figure)
    copy.update_layout(font={"color": text, "family": FONT}, paper_bgcolor=page, colorway=[text])
    copy.update_xaxes(axis)
    copy.update_yaxes(axis)
    return copy
