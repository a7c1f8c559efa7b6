"""What tests of several folders share: folders of their own, a Chromium page and a running dashboard."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Test processes share the cores, so each takes one thread; torch reads this when it is imported, which comes later.
os.environ.setdefault("OMP_NUM_THREADS", "1")
import mtldemo  # noqa: F401  (sets how OpenMP waits, also before torch)
from tests.serving import APP, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


@pytest.fixture(autouse=True)
def the_same_random_numbers() -> None:
    """Torch's own, whatever tests ran before in this process."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(0)


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the cache and the runs at folders of this test; gives the folder that holds ``cache`` and ``runs``. No
    detector's file is named."""
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MTLDEMO_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("MTLDEMO_YUNET", raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def launch_chromium() -> Iterator[Callable[..., "Browser"]]:
    """Start a headless Chromium with more flags than usual: ``launch_chromium("--flag", ...)``. All end with the tests.

    Without one the test is skipped, or fails where ``MTLDEMO_REQUIRE_BROWSER`` is 1.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        missing = "No Chromium is installed; browser tests need one on the PATH."
        if os.environ.get("MTLDEMO_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    # One for all: Playwright can't be started twice in a thread.
    with sync_playwright() as playwright, ExitStack() as browsers:

        def launch(*flags: str) -> "Browser":
            browser = playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_FLAGS, *flags])
            browsers.callback(browser.close)
            return browser

        yield launch


@pytest.fixture(scope="session")
def chromium(launch_chromium: Callable[..., "Browser"]) -> "Browser":
    """A headless Chromium."""
    return launch_chromium()


@pytest.fixture
def chromium_context(chromium: "Browser") -> Iterator["BrowserContext"]:
    """A browser profile of this test, 1440 x 900."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    yield context
    context.close()


@pytest.fixture
def chromium_page(chromium_context: "BrowserContext") -> "Page":
    """An empty browser page."""
    return chromium_context.new_page()


@pytest.fixture
def streamlit_server(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start ``streamlit run`` on a script and get its address: ``streamlit_server(script, env={...}) -> url``.

    The cache and the runs are folders of this test unless ``env`` says otherwise. All servers end with the test.
    """
    own = {"MTLDEMO_CACHE": str(tmp_path / "cache"), "MTLDEMO_RUNS": str(tmp_path / "runs")}
    with ExitStack() as servers:

        def start(script: Path | str = APP, env: dict[str, str] | None = None) -> str:
            return servers.enter_context(served(script, env={**own, **(env or {})}))

        yield start
