"""Pages show what is whole, whatever lies beside it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.runs import RunFolder
from mtldemo.ui.plain import plain
from tests.pages.conftest import BASE as TINY
from tests.pages.conftest import finish
from tests.study.damaged import BASE, damage_all, damaged_studies
from tests.study.made_up import run_in


@pytest.fixture
def names(own_folders: Path) -> list[str]:
    """Hundreds of damaged runs and studies, and a whole one of each."""
    made = damage_all(own_folders / "runs")
    damaged_studies(own_folders / "runs")
    run_in(own_folders / "runs", "whole", BASE)
    finish(RunFolder.create(own_folders / "runs", TINY, "tiny"))
    finish(RunFolder.create(own_folders / "runs", TINY, "latin"))
    if os.name == "posix" and sys.platform != "darwin":
        (own_folders / "runs" / "latin").rename(own_folders / "runs" / os.fsdecode(b"lat\xefn"))
        return [*made, "whole", "tiny", "lat\\xefn"]
    return [*made, "whole", "tiny", "latin"]


def all_cards() -> None:
    from mtldemo.runs import default_runs_dir, list_runs
    from mtldemo.ui.run_cards import run_cards

    run_cards(list_runs(default_runs_dir()))


def test_home_has_a_card_for_each(names: list[str], app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    app.run()
    assert not app.exception
    assert not app.error
    monkeypatch.setattr("streamlit.page_link", lambda *_, **__: None)  # there are no pages beside the cards
    cards = AppTest.from_function(all_cards, default_timeout=60).run()
    assert not cards.exception
    assert not cards.error
    titles = {plain(name) for name in names}
    assert len([text for text in cards.markdown if text.value.strip("*") in titles]) == len(names)


@pytest.mark.parametrize("view", ["Results", "Weights", "Runs"])
def test_compare_shows_what_can_be_compared(names: list[str], compare: Callable[..., AppTest], view: str) -> None:
    page = compare(runs=names, view=view)
    assert not page.exception
    assert not page.error
