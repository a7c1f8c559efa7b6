"""A study in a real Chromium: from the form to the verdict, and the view that its address keeps."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mtldemo.study import list_studies, open_study
from mtldemo.study.process import stop_study
from tests.browser.forms import fill, fill_tiny

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]
WAIT = 300_000
LINE = """() => {
  const plot = document.querySelector('.st-key-compare-curves_validation .mtl-chart-plot')
  const line = plot?._fullData?.find((trace) => trace.meta?.arm && trace.x?.length)
  if (!line) return null
  const { xaxis, yaxis } = plot._fullLayout
  const { x, y } = plot.getBoundingClientRect()
  return { x: x + xaxis._offset + xaxis.d2p(line.x[0]), y: y + yaxis._offset + yaxis.d2p(line.y[0]) }
}"""
"""Where the first point of a line is on the screen."""


@pytest.fixture(autouse=True)
def no_study_outlives_the_test(tmp_path: Path) -> Iterator[None]:
    """Stop what is still at work in this test's folder."""
    yield
    for study in list_studies(tmp_path / "runs"):
        if not study.readonly:
            stop_study(study)


def test_a_study_from_the_form_to_the_verdict(
    streamlit_server: Callable[..., str], chromium_page: "Page", chromium_context: "BrowserContext", tmp_path: Path
) -> None:
    page = chromium_page
    url = streamlit_server()
    # The first visit to a fresh server goes to the page directly.
    page.goto(f"{url}/compare?new=study")
    page.get_by_role("button", name="Start study").wait_for(timeout=WAIT)
    _tiny(page)
    page.get_by_role("button", name="Start study").click()

    page.get_by_text("On this budget").first.wait_for(timeout=WAIT)
    page.wait_for_url("**study=tiny**", timeout=WAIT)
    page.get_by_role("button", name="Stop study").wait_for(state="detached", timeout=WAIT)
    study = open_study(tmp_path / "runs", "tiny")
    assert study.status().finished == 4
    page.get_by_text("Better or worse than Equal weights?").wait_for(timeout=WAIT)

    page.get_by_role("tab", name="Curves").click()
    page.get_by_text("What each task has learned").wait_for(timeout=WAIT)
    page.get_by_text("Validation losses").click()
    page.get_by_text("Validation loss of each task").wait_for(timeout=WAIT)
    page.wait_for_url(lambda url: "view=Curves" in url and "curve=Validation" in url, timeout=WAIT)
    # Whoever is sent the address sees the same.
    other = chromium_context.new_page()
    other.goto(page.url)
    other.get_by_text("Validation loss of each task").wait_for(timeout=WAIT)
    other.close()

    # A click on a line leads to the runs behind it.
    line = page.locator(".st-key-compare-curves_validation .mtl-chart-plot")
    line.scroll_into_view_if_needed(timeout=WAIT)
    _click_a_line(page)
    page.get_by_role("dialog").get_by_role("link", name="Open").first.click()
    page.wait_for_url("**/train?**study=tiny**", timeout=WAIT)
    page.get_by_text("held-out pictures").wait_for(timeout=WAIT)


def _click_a_line(page: "Page") -> None:
    """Click where a line's point is, again where the page was drawn anew in between, until its runs are listed."""
    from playwright.sync_api import TimeoutError as NotThereError

    runs = page.get_by_text("Which run do you want to open?")
    for _ in range(10):
        at = page.wait_for_function(LINE, timeout=WAIT).json_value()
        page.mouse.move(at["x"], at["y"])
        page.mouse.click(at["x"], at["y"])
        with contextlib.suppress(NotThereError):
            runs.wait_for(timeout=WAIT / 10)
            return
    raise AssertionError("a click on a line lists no runs")


def _tiny(page: "Page") -> None:
    """Fill the form for a study of some seconds: two strategies, two seeds, one epoch."""
    for name in ("Random loss weighting", "Dynamic weight average"):
        page.get_by_role("button", name=f"Remove {name}").click()
        page.get_by_role("button", name=f"Remove {name}").wait_for(state="detached", timeout=WAIT)
    page.get_by_text("Also train each task alone").click()
    fill_tiny(page, "tiny", epochs=1)
    fill(page, "Seeds", 2)
    fill(page, "Workers", 1)
    page.get_by_text("2 strategies", exact=True).wait_for(timeout=WAIT)
    page.get_by_text("1 epoch each", exact=True).wait_for(timeout=WAIT)
