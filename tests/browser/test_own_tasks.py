"""A person's own tasks in a real Chromium: flowers by type and colour, from their list to an answer."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mtldemo import launch
from mtldemo.runs import list_runs
from tests.browser.forms import fill, fill_details

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200)]
WAIT = 200_000
SETTLED = 500
TITLE_COLUMN = 2
"""Where the title stands in the table of columns."""


@pytest.fixture(autouse=True)
def no_run_outlives_the_test(tmp_path: Path) -> Iterator[None]:
    """End what is still training in this test's folder."""
    yield
    for run in list_runs(tmp_path / "runs"):
        launch.stop(run, force_after=2)


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Forty shapes of three colours before a patchwork, and a ``labels.csv`` with their type and colour."""
    folder = tmp_path / "flowers"
    folder.mkdir()
    lines, draw = ["file_name,type,colour"], np.random.default_rng(0)
    down, right = np.mgrid[-16:16, -16:16]
    for number in range(40):
        pixels = np.kron(draw.integers(0, 120, (8, 8, 3)), np.ones((4, 4, 1)))
        shape = np.hypot(down, right) < 8 + 4 * np.cos((3, 7)[number % 2] * np.arctan2(down, right))
        pixels[shape] = ((220, 40, 40), (240, 160, 190), (250, 250, 250))[number // 2 % 3]
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:02}.png")
        lines.append(f"{number:02}.png,{('rose', 'daisy')[number % 2]},{('red', 'pink', 'white')[number // 2 % 3]}")
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def write_cell(page: "Page", table: "Locator", row: int, column: int, text: str) -> None:
    """Write ``text`` into a cell of an editable table, by keys as a person without a mouse does."""
    table.scroll_into_view_if_needed()
    table.click(position={"x": 40, "y": 52})
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    editor = page.locator("#portal").locator("input, textarea").first
    editor.fill(text)
    editor.press("Enter")
    editor.wait_for(state="detached")
    # The table tells the form of an edit a moment later.
    page.wait_for_timeout(SETTLED)


def test_from_a_list_of_flowers_to_an_answer(
    streamlit_server: Callable[..., str], chromium_page: "Page", flowers: Path, tmp_path: Path
) -> None:
    page = chromium_page
    url = streamlit_server(env={"MTLDEMO_DATA": str(tmp_path / "none")})
    page.goto(f"{url}/data")
    page.get_by_role("button", name="Add a data set").click()
    page.get_by_role("textbox", name="Path on this computer").fill(str(flowers))
    page.get_by_role("textbox", name="Path on this computer").press("Enter")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text(re.compile("What its [23] columns hold")).wait_for(timeout=WAIT)
    fill(page, "Image size (px)", 16)
    table = page.get_by_test_id("stDataFrame").first
    write_cell(page, table, 1, TITLE_COLUMN, "Petals")
    page.get_by_role("button", name="Read the columns so").click()
    page.get_by_text("What you changed holds in this session").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Prepare").click()
    page.get_by_text("Pictures", exact=True).first.wait_for(timeout=WAIT)
    page.get_by_text("Petals").locator("visible=true").first.wait_for(timeout=WAIT)

    page.get_by_role("link", name="Train", exact=True).click()
    page.get_by_role("textbox", name="Name", exact=True).fill("flowers")
    page.locator(".st-key-new_run-data-source").get_by_role("combobox").click()
    page.get_by_role("option", name="flowers").click()
    fill(page, "Image size (px)", 16)
    fill(page, "Epochs", 1)
    fill_details(page)
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("held-out pictures").wait_for(timeout=WAIT)
    page.get_by_text("Petals: what is taken for what").wait_for()
    (run,) = list_runs(tmp_path / "runs")
    assert [(task.title, task.classes) for task in run.config().learned_tasks()] == [
        ("Type", ("daisy", "rose")),
        ("Petals", ("pink", "red", "white")),
    ]

    page.get_by_role("link", name="Try it on your own picture").click(timeout=WAIT)
    page.get_by_text("Type and petals? The run flowers answers").wait_for(timeout=WAIT)
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(flowers / "07.png")
    page.get_by_text("1 picture").wait_for(timeout=WAIT)
    for title in ("Type", "Petals"):
        page.get_by_text(re.compile(rf"^\W*{title}$")).locator("visible=true").first.wait_for()
    assert run.status().state == "finished"
