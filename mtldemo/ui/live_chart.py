"""A Plotly figure that is updated in place: zoom and hidden curves survive a refresh, which ``st.plotly_chart`` loses.

The figure is sent as JSON with its arrays in base64; an unchanged one is neither sent nor drawn again, and one out of
sight is drawn when it is scrolled to. Plotly's script comes from the installed ``plotly`` package, without any network.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plotly
import plotly.graph_objects as go
import streamlit as st
from plotly.offline import get_plotlyjs_version
from streamlit.components.v1 import declare_component
from streamlit.components.v2 import component

from mtldemo.charts.style import FIGURE_SCRIPT

_ASSETS = Path(__file__).parent / "assets"
_HTML = """
<figure class="mtl-chart">
  <div class="mtl-chart-plot" role="img"></div>
  <p class="mtl-chart-note" hidden></p>
</figure>
"""
_PLOTLY_FOLDER = Path(plotly.__file__).parent / "package_data"
_SERVED_AS = "plotly"

# Styles aren't isolated: Plotly puts its own into the document's head, where a shadow root doesn't see them.
_COMPONENT = component(
    "mtldemo_live_chart",
    html=_HTML,
    css=(_ASSETS / "live_chart.css").read_text(encoding="utf-8"),
    js=FIGURE_SCRIPT.read_text(encoding="utf-8") + (_ASSETS / "live_chart.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass(frozen=True)
class ClickedTrace:
    """What a person clicked, as the ``meta`` of its trace says: an ``arm`` of a comparison, and the ``run`` where the
    trace is of one run; empty where it says nothing. ``touch``: by a finger, which can't hover first."""

    arm: str = ""
    run: str = ""
    touch: bool = False


def live_chart(
    figure: go.Figure, *, key: str, alt: str, height: int = 280, on_click: Callable[[ClickedTrace], None] | None = None
) -> None:
    """Draw ``figure`` across the width, or update what stands under ``key``.

    ``alt`` says in words what it shows now. ``height`` is that of one row of panels in px; where the page is narrow,
    panels are stacked and the chart grows. What a person zoomed into or hid stays while ``layout.uirevision`` does.
    ``layout.meta`` may hold ``panels``, their number, what ``charts.style.panels`` says of their ``grid``, and
    ``title``, which is written on a saved picture.

    ``on_click`` is told of a click on a trace whose ``meta`` names an ``arm`` or ``run``, or ``arms`` or ``runs`` by
    point. The browser says what was clicked, so whoever is told looks it up among what there is.
    """

    def report_click() -> None:
        clicked = clicked_in(st.session_state[key])
        if on_click is not None and clicked is not None:
            on_click(clicked)

    _COMPONENT(
        key=key,
        data={
            "figure": figure.to_json(remove_uids=False),
            "alt": alt,
            "height": height,
            "clickable": on_click is not None,
            "library": {"path": _serve_plotly(), "version": get_plotlyjs_version()},
        },
        height="content",
        on_clicked_change=report_click if on_click is not None else None,
    )


def clicked_in(state: Any) -> ClickedTrace | None:
    """What the browser said was clicked, in the ``state`` of a chart; ``None`` where that makes no sense."""
    sent = state.get("clicked") if state else None
    if not isinstance(sent, dict):
        return None
    arm, run = (str(sent.get(name) or "") for name in ("arm", "run"))
    return ClickedTrace(arm, run, bool(sent.get("touch"))) if arm or run else None


def _serve_plotly() -> str:
    """Let the server hand out plotly's script; its address below the server's root.

    A component of version 2 has files of its own only in an installed package, and sent along as text the script would
    travel with every update. Version 1 serves any folder, so it does that and nothing else: none is ever mounted.
    """
    served = declare_component(_SERVED_AS, path=_PLOTLY_FOLDER)
    return f"component/{served.name}/plotly.min.js"
