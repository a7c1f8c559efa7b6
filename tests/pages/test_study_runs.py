"""A study's runs one by one: their notes, their own page, and their records read together."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.runs import notes
from mtldemo.study import StudyFolder

Open = Callable[..., AppTest]
Make = Callable[..., StudyFolder]


def texts(app: AppTest) -> str:
    kinds: list[Any] = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return " ".join(item.value for item in kinds)


def test_a_note_is_kept_with_the_run(compare: Open, make_study: Make) -> None:
    study = make_study(arms=("equal", "dwa"))
    page = compare(study="ours", runs="dwa-s0", view="Runs")
    page.text_area[0].input("looks odd").run()
    page.button(key="compare.keep_run").click().run()
    assert not page.exception
    assert notes.read(study.path / "dwa-s0").text == "looks odd"


def test_a_studys_run_opens_on_its_page(app: AppTest, make_study: Make) -> None:
    make_study()
    app.run()
    app.switch_page("pages/train.py")
    app.query_params["study"] = "ours"
    app.query_params["run"] = "dwa-s1"
    app.run()
    assert not app.exception
    assert app.subheader[0].value == "dwa-s1"
    assert "A run of the study **ours**" in texts(app)
    assert "train.rename" not in {button.key for button in app.button}


def test_a_shipped_studys_run_is_only_looked_at(
    app: AppTest, make_study: Make, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    make_study()
    monkeypatch.setattr("mtldemo.study.folder.SHIPPED", own_folders / "runs")
    app.run()
    app.switch_page("pages/train.py")
    app.query_params["study"] = "ours"
    app.query_params["run"] = "dwa-s1"
    app.run()
    assert not app.exception
    assert not {"train.delete", "train.rename", "train.resume"} & {button.key for button in app.button}
    assert "Comes with the project" in texts(app)
