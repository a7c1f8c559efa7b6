"""Make the README's pictures: drive the real dashboard through a real demo run in Chromium.

    python docs/screenshots.py

Takes a few minutes on two cores. Each picture is a PNG file of less than 150 kB beside this script.
"""

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from mtldemo import launch
from mtldemo.runs import list_runs
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
SIZE = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 850}
WAIT = 600_000
LARGEST = 150_000
"""Bytes of a picture."""


def main() -> None:
    """Start the app on empty folders, run the demo, take the pictures."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        of_a_run(browser, url)
        of_what_comes_along(browser, url)
        of_predict(browser, url)
        browser.close()


def of_a_run(browser: "Browser", url: str) -> None:
    """Train, Data and Home with a demo run."""
    page = opened(browser, url, "light")
    page.get_by_role("button", name="Start a demo run").click()
    page.get_by_text("Loss of each task").wait_for(timeout=WAIT)
    page.get_by_text("What each task has learned").wait_for(timeout=WAIT)
    page.get_by_text("since the epoch before").first.wait_for(timeout=WAIT)
    settle(page)
    take(page, "train", tall=1250)
    run = page.url
    page.get_by_text("held-out pictures").wait_for(timeout=WAIT)
    settle(page)
    take(page, "train-finished", tall=1500)

    dark = opened(browser, run, "dark")
    dark.get_by_text("held-out pictures").wait_for(timeout=WAIT)
    dark.get_by_text("Loss of each task").scroll_into_view_if_needed()
    dark.mouse.wheel(0, 500)
    settle(dark)
    take(dark, "train-dark")

    data = opened(browser, f"{url}/data", "light")
    # As the demo prepared them, so that nothing is left to do.
    field = data.get_by_role("spinbutton", name="Image size (px)", exact=True)
    field.fill("48")
    field.press("Tab")
    data.get_by_role("button", name="Prepare").click()
    data.get_by_role("button", name="Other pictures").wait_for(timeout=WAIT)
    settle(data)
    take(data, "data", tall=1180)

    home = opened(browser, url, "light")
    home.get_by_role("heading", name="Latest runs").wait_for(timeout=WAIT)
    settle(home)
    take(home, "home")
    phone = opened(browser, run, "light", PHONE)
    phone.get_by_text("held-out pictures").wait_for(timeout=WAIT)
    settle(phone)
    take(phone, "phone")


def of_what_comes_along(browser: "Browser", url: str) -> None:
    """Compare with the study that comes with the project, and the Strategies."""
    compare = opened(browser, f"{url}/compare", "light")
    compare.get_by_text("Better or worse than").wait_for(timeout=WAIT)
    settle(compare)
    take(compare, "compare", tall=1180)
    weights = opened(browser, f"{url}/compare?view=Weights", "dark")
    weights.get_by_text("Weight of each task").first.wait_for(timeout=WAIT)
    settle(weights)
    take(weights, "compare-weights", tall=1180)
    strategies = opened(browser, f"{url}/strategies", "light")
    strategies.get_by_role("heading", name="Strategies").first.wait_for(timeout=WAIT)
    settle(strategies)
    take(strategies, "strategies", tall=1180)


def of_predict(browser: "Browser", url: str) -> None:
    """Predict on its example, with the model that comes with the project."""
    predict = opened(browser, f"{url}/predict", "light")
    predict.get_by_role("button", name="example").first.click(timeout=WAIT)
    predict.get_by_text("years").first.wait_for(timeout=WAIT)
    settle(predict)
    take(predict, "predict", tall=1180)


def opened(browser: "Browser", url: str, scheme: Any, size: Any = SIZE) -> "Page":
    """A page of a person of their own."""
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    page.get_by_role("heading").first.wait_for(timeout=WAIT)
    return page


def settle(page: "Page") -> None:
    """Wait until charts and pictures stand."""
    page.wait_for_timeout(4000)


def take(page: "Page", name: str, tall: int | None = None) -> None:
    """Keep what ``page`` shows as ``name.png``; ``tall`` is another height in pixels than the window's."""
    size = page.viewport_size or SIZE
    if tall is not None:
        page.set_viewport_size({"width": size["width"], "height": tall})
        settle(page)
    picture = Image.open(io.BytesIO(page.screenshot()))
    file = HERE / f"{name}.png"
    for colours in (256, 192, 128, 96, 64):
        # A page has few colours, so a palette of them looks the same at a third of the size.
        picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size < LARGEST:
            break
    print(f"{file.name}: {picture.width} x {picture.height}, {file.stat().st_size / 1000:.0f} kB")


def chromium() -> str:
    """The system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        sys.exit("No Chromium is on the PATH.")
    return found


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The dashboard on empty folders; its address once it answers."""
    # The pictures show what anyone has after the installation: no data sets but the built-in one.
    places = {f"MTLDEMO_{name.upper()}": str(folder / name) for name in ("cache", "runs", "data")}
    try:
        with served(env=places) as url:
            yield url
    finally:
        # A run outlives the server that started it.
        for run in list_runs(folder / "runs"):
            launch.stop(run, force_after=5)


if __name__ == "__main__":
    main()
