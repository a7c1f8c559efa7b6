"""What tests of several folders share: folders of their own, a Chromium page and a running dashboard."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Test processes share the cores, so each takes one thread; torch reads this when it is imported, which comes later.
os.environ.setdefault("OMP_NUM_THREADS", "1")
import mtldemo  # noqa: F401  (sets how OpenMP waits, also before torch)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parents[1]
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
START_SECONDS = 60


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the cache and the runs at folders of this test; gives the folder that holds ``cache`` and ``runs``."""
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MTLDEMO_RUNS", str(tmp_path / "runs"))
    return tmp_path


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """A headless Chromium. Without one the test is skipped, or fails where ``MTLDEMO_REQUIRE_BROWSER`` is 1."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        missing = "No Chromium is installed; browser tests need one on the PATH."
        if os.environ.get("MTLDEMO_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def chromium_context(chromium: "Browser") -> Iterator["BrowserContext"]:
    """A browser profile of this test, 1440 x 900."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(30_000)
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
    servers: list[subprocess.Popen[bytes]] = []

    def start(script: Path | str = "streamlit_app.py", env: dict[str, str] | None = None) -> str:
        port = _free_port()
        # A file, not a pipe, which would stop the server once it is full.
        log = tmp_path / f"server_{port}.log"
        own = {"MTLDEMO_CACHE": str(tmp_path / "cache"), "MTLDEMO_RUNS": str(tmp_path / "runs")}
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        options = ["--server.headless=true", "--server.fileWatcherType=none", f"--server.port={port}"]
        command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
        with log.open("wb") as output:
            server = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **own, "PYTHONPATH": path, **(env or {})},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        servers.append(server)
        url = f"http://localhost:{port}"
        _wait_until_healthy(url, server, log)
        return url

    yield start
    for server in servers:
        server.terminate()
    for server in servers:
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"The server at {url} didn't start:\n{log.read_text(errors='replace')[-4000:]}")
