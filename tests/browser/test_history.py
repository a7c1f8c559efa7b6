"""The browser's Back: it leads to the page, run, study and tab that a person came from."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mtldemo.runs import RunFolder
from tests.pages.conftest import BASE, finish

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
WAIT = 120_000
READY = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
WAYS = (
    ("train?run=mine", "Compare", "mine"),
    ("compare?study=utkface-48px&view=Runs", "Predict", "Runs"),
    ("strategies?show=Try+losses", "Predict", "Try losses"),
)
"""Where a person is, where they go by the sidebar, and what must be there again after Back."""


def test_back_leads_to_where_a_person_was(
    streamlit_server: Callable[..., str], chromium_page: "Page", tmp_path: Path
) -> None:
    finish(RunFolder.create(tmp_path / "runs", BASE, "mine"))
    page, url = chromium_page, streamlit_server()
    for address, elsewhere, there in WAYS:
        page.goto(f"{url}/{address}")
        _settled(page)
        assert page.url == f"{url}/{address}"
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=elsewhere).click()
        page.wait_for_url(f"**/{elsewhere.lower()}**", timeout=WAIT)
        # On a busy machine the new page begins later than the address says; what it writes there must come before Back.
        page.get_by_role("heading", name=elsewhere, exact=True).first.wait_for(timeout=WAIT)
        _settled(page)
        page.go_back()
        page.wait_for_url(f"{url}/{address}", timeout=WAIT)
        _settled(page)
        assert page.url == f"{url}/{address}"
        shown = page.get_by_role("heading", name=there).or_(page.get_by_role("tab", name=there, selected=True))
        shown.first.wait_for(timeout=WAIT)


def _settled(page: "Page") -> None:
    # What sees to the history is loaded beside the page, on a busy machine after it.
    page.wait_for_function("() => window.mtlOneEntry", timeout=WAIT)
    page.wait_for_timeout(700)
    page.wait_for_function(READY, timeout=WAIT)
    page.wait_for_timeout(700)
