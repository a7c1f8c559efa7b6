"""A study in a real Chromium: from the form to the verdict, and the view that its address keeps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mtldemo.study import list_studies, open_study
from mtldemo.study.process import stop_study

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(360)]
WAIT = 120_000


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

    page.get_by_role("heading", name="On this budget").wait_for(timeout=WAIT)
    assert "study=tiny" in page.url
    page.get_by_role("button", name="Stop study").wait_for(state="detached", timeout=WAIT)
    study = open_study(tmp_path / "runs", "tiny")
    assert study.status().finished == 4
    page.get_by_text("Better or worse than Equal weights?").wait_for(timeout=WAIT)

    page.get_by_role("tab", name="Curves").click()
    page.get_by_text("What each task has learned").wait_for(timeout=WAIT)
    page.get_by_text("Validation losses").click()
    page.get_by_text("Validation loss of each task").wait_for(timeout=WAIT)
    assert "view=Curves" in page.url
    assert "curve=Validation" in page.url
    # Whoever is sent the address sees the same.
    other = chromium_context.new_page()
    other.goto(page.url)
    other.get_by_text("Validation loss of each task").wait_for(timeout=WAIT)
    other.close()


def _tiny(page: "Page") -> None:
    """Fill the form for a study of some seconds: two strategies, two seeds, one epoch."""

    def fill(label: str, number: int) -> None:
        field = page.get_by_role("spinbutton", name=label, exact=True)
        field.fill(str(number))
        field.press("Tab")

    page.get_by_role("textbox", name="Name", exact=True).fill("tiny")
    for name in ("Random loss weighting", "Dynamic weight average"):
        page.get_by_role("button", name=f"Remove {name}").click()
        page.get_by_role("button", name=f"Remove {name}").wait_for(state="detached")
    page.get_by_text("Also train each task alone").click()
    fill("Image size (px)", 16)
    fill("Seeds", 2)
    fill("Epochs", 1)
    fill("Workers", 1)
    page.get_by_text("Data and split", exact=True).click()
    fill("Portraits", 60)
    page.get_by_text("Optimizer and schedule", exact=True).click()
    fill("Batch size", 16)
    # Chosen, so that no time goes into measuring which is fastest.
    page.get_by_text("Computing and records", exact=True).click()
    page.get_by_role("radio", name="fp32").click()
    page.get_by_role("radio", name="contiguous").click()
    fill("CPU threads", 1)
    page.get_by_text("2 strategies", exact=True).wait_for(timeout=WAIT)
    page.get_by_text("1 epoch each", exact=True).wait_for(timeout=WAIT)
