"""The live chart in a real Chromium: what a person set must survive updates, and nothing may come from a network."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.ui.live_chart import ClickedTrace, clicked_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

UPDATES = """
import numpy as np
import streamlit as st

from mtldemo import charts
from mtldemo.tasks import UTKFACE
from mtldemo.ui.live_chart import live_chart

st.set_page_config(layout="wide")


def records(steps):
    for step in range(1, steps + 1):
        losses = {"age": 6 + 20 / step, "gender": 0.2 + 0.5 / step, "ethnicity": 0.6 + 1 / step}
        common = {"step": step, "epoch": step / 50, "time": step / 10}
        yield {"kind": "step", **common, "losses": losses, "weights": dict.fromkeys(losses, 1.0)}


@st.fragment(run_every=0.4)
def live():
    updates = st.session_state["updates"] = st.session_state.get("updates", 0) + 1
    frame = charts.RunFrame(records(100 + 10 * updates))
    for function in (charts.loss_curves, charts.task_weights):
        chart = function(frame, UTKFACE)
        live_chart(chart.figure, key=function.__name__, alt=chart.alt, height=chart.height)


live()
"""
STATE = """() => {
  const plot = document.querySelectorAll('.mtl-chart-plot')[0]
  if (!plot?._fullLayout?.xaxis) return null
  const curve = plot._fullData.find((trace) => trace.uid === 'age_train')
  if (!curve?._length) return null
  return {
    range: plot._fullLayout.xaxis.range.map(Number),
    other: plot._fullLayout.xaxis2.range.map(Number),
    hidden: plot._fullData.filter((trace) => trace.visible === 'legendonly').map((trace) => trace.uid),
    points: curve._length,
    domain: plot._fullLayout.xaxis.domain,
    alt: plot.getAttribute('aria-label'),
    role: plot.getAttribute('role'),
    width: plot._fullLayout.width,
    text: plot._fullLayout.font.color,
  }
}"""
PANEL = """() => {
  const plot = document.querySelectorAll('.mtl-chart-plot')[0]
  const { xaxis, yaxis } = plot._fullLayout
  const { x, y } = plot.getBoundingClientRect()
  return { x: x + xaxis._offset, y: y + yaxis._offset, width: xaxis._length, height: yaxis._length }
}"""
Server = Callable[..., str]


def state_of(page: "Page") -> dict[str, Any]:
    """What the first chart shows now."""
    return state_when(page, "true")


def state_when(page: "Page", wanted: str) -> dict[str, Any]:
    """What the first chart shows once ``wanted`` holds of it: waited for and read at once, since the next update may
    come in between."""
    return page.wait_for_function(f"() => {{ const now = ({STATE})(); return now && {wanted} && now }}").json_value()


def wait_for_updates(page: "Page", count: int) -> dict[str, Any]:
    """The first chart's state after ``count`` more updates, each of which adds ten points."""
    wanted = state_of(page)["points"] + 10 * count
    return state_when(page, f"now.points >= {wanted}")


@pytest.fixture
def live_page(chromium_page: "Page", streamlit_server: Server, tmp_path: Path) -> "Page":
    """A page with two charts that are updated again and again."""
    script = tmp_path / "app.py"
    script.write_text(UPDATES, encoding="utf-8")
    chromium_page.goto(streamlit_server(script))
    chromium_page.wait_for_selector(".mtl-chart .main-svg")
    return chromium_page


@pytest.mark.browser
def test_zoom_and_hidden_curves_survive_updates(live_page: "Page") -> None:
    before = state_of(live_page)
    assert before["role"] == "img"
    assert before["alt"].startswith("Age loss falls from 26 to")

    box = live_page.evaluate(PANEL)
    live_page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    live_page.mouse.down()
    live_page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    live_page.mouse.up()
    live_page.locator(".mtl-chart-plot").first.locator(".legendtoggle").first.click()
    chosen = state_when(live_page, "now.hidden.length > 0")
    assert chosen["range"] != before["range"]
    assert {"age_step", "gender_step", "ethnicity_step"} <= set(chosen["hidden"])

    after = wait_for_updates(live_page, 5)
    assert after["range"] == pytest.approx(chosen["range"])
    assert after["other"] == pytest.approx(chosen["range"]), "panels zoom together"
    assert after["hidden"] == chosen["hidden"]
    assert after["alt"] != before["alt"]


@pytest.mark.browser
def test_follows_width_and_theme_and_needs_no_network(live_page: "Page") -> None:
    asked: list[str] = []
    live_page.on("request", lambda request: asked.append(request.url))
    wide = state_of(live_page)
    assert wide["domain"][1] < 0.4, "three panels side by side"
    live_page.set_viewport_size({"width": 390, "height": 800})
    assert state_when(live_page, "now.domain[1] === 1")["width"] < 390
    assert live_page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    live_page.emulate_media(color_scheme="dark")
    live_page.reload()
    dark = state_of(live_page)
    assert dark["text"] != wide["text"]
    scripts = [url for url in asked if "plotly.min.js" in url]
    assert scripts == [], "kept by the browser from the first visit"
    assert all(url.startswith(("http://localhost", "ws://localhost", "blob:", "data:")) for url in asked)


@pytest.mark.browser
def test_offers_a_picture_and_no_upload(live_page: "Page") -> None:
    plot = live_page.locator(".mtl-chart-plot").first
    plot.hover()
    titles = plot.locator(".modebar-btn").evaluate_all("buttons => buttons.map((b) => b.dataset.title)")
    assert "Save as PNG" in titles
    assert not [title for title in titles if "hare" in title or "loud" in title]
    with live_page.expect_download() as download:
        plot.locator(".modebar-btn[data-title='Save as PNG']").click()
    assert download.value.suggested_filename == "loss_of_each_task.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"clicked": {"arm": "dwa", "run": "dwa-s0"}}, ClickedTrace("dwa", "dwa-s0")),
        ({"clicked": {"arm": "dwa", "touch": True}}, ClickedTrace("dwa", "", touch=True)),
        ({"clicked": {"arm": "", "run": None}}, None),
        ({"clicked": "dwa"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_click_is_read_with_care(state: Any, expected: ClickedTrace | None) -> None:
    assert clicked_in(state) == expected


def test_runs_without_a_browser() -> None:
    app = AppTest.from_string(UPDATES, default_timeout=200).run()
    assert not app.exception
    assert len(app.get("bidi_component")) == 2
