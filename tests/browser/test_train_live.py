"""The whole path in a real Chromium: start a run, watch it grow, refresh, stop it, and resume it to its end."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from mtldemo import launch
from mtldemo.runs import RunFolder, list_runs
from tests.browser.forms import fill_tiny

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]
WAIT = 400_000
EPOCHS = 24
DRAWN_POINTS = "document.querySelector('.st-key-chart-loss_curves .mtl-chart-plot')?._fullData?.[0]?.x"


@pytest.fixture(autouse=True)
def no_run_outlives_the_test(tmp_path: Path) -> Iterator[None]:
    """End what is still training in this test's folder."""
    yield
    for run in list_runs(tmp_path / "runs"):
        launch.stop(run, force_after=2)


def test_a_run_from_start_to_end(
    streamlit_server: Callable[..., str], chromium_page: "Page", chromium_context: "BrowserContext", tmp_path: Path
) -> None:
    page, runs = chromium_page, tmp_path / "runs"
    url = streamlit_server()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    # The first visit to a fresh server goes to a page directly, which must stand in the navigation all the same.
    page.goto(f"{url}/train")
    page.get_by_role("button", name="Start training").wait_for(timeout=WAIT)
    page.get_by_role("link", name="Home").wait_for(timeout=WAIT)

    fill_tiny(page, "watched", EPOCHS)
    page.get_by_text(f"{EPOCHS} epochs, batches of 16").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("heading", name="watched").wait_for(timeout=WAIT)
    page.wait_for_url("**run=watched**", timeout=WAIT)
    run = list_runs(runs)[0]

    # Held at what it has recorded, the run is as far as it should be however fast the machine is.
    process = _hold(run)
    before = _points(page)
    process.resume()
    page.wait_for_function(f"({DRAWN_POINTS})?.length > {before}", timeout=WAIT)
    process.suspend()

    page.reload()
    page.get_by_role("heading", name="watched").wait_for(timeout=WAIT)
    other = chromium_context.new_page()
    other.goto(page.url)
    other.get_by_role("heading", name="watched").wait_for(timeout=WAIT)
    other.close()

    page.get_by_role("button", name="Stop run").click()
    page.get_by_role("button", name="Stopping").wait_for(timeout=WAIT)
    process.resume()
    page.get_by_role("button", name="Resume").wait_for(timeout=WAIT)
    assert run.status().state == "stopped"
    stopped_at = run.status().step
    assert 0 < stopped_at < run.status().total_steps

    page.get_by_role("button", name="Resume").click()
    page.get_by_text("held-out pictures").wait_for(timeout=WAIT)
    _wait_for_the_end(run)
    assert _steps(run) == list(range(1, run.status().total_steps + 1))
    page.get_by_text("Gender: what is taken for what").wait_for(timeout=WAIT)
    assert [address for address in asked if not address.startswith((url, "data:", "blob:"))] == []


def _hold(run: RunFolder) -> psutil.Process:
    """Wait for the first records, suspend the run's process and return it."""
    deadline = time.monotonic() + WAIT / 1000
    while not run.metrics_size():
        assert time.monotonic() < deadline, run.log_tail()
        time.sleep(0.01)
    process = psutil.Process(run.status().pid)
    process.suspend()
    return process


def _wait_for_the_end(run: RunFolder) -> None:
    """Wait until the run is finished, which is some time after its test's results are there."""
    deadline = time.monotonic() + WAIT / 1000
    while run.status().live:
        assert time.monotonic() < deadline, run.log_tail()
        time.sleep(0.05)
    assert run.status().state == "finished"


def _points(page: "Page") -> int:
    """Points of the first curve, once there is one. A chart is drawn when it is in sight."""
    page.locator(".st-key-chart-loss_curves").scroll_into_view_if_needed(timeout=WAIT)
    page.wait_for_function(f"({DRAWN_POINTS})?.length > 0", timeout=WAIT)
    return page.evaluate(f"({DRAWN_POINTS}).length")


def _steps(run: RunFolder) -> list[int]:
    """The recorded steps; every one is there once, though the run was cut in two."""
    return [record["step"] for record in run.read()[0] if record["kind"] == "step"]
