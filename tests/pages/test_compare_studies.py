"""What is done to a whole study from Compare, and where a click in its charts leads."""

import dataclasses
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.runs import RunFolder, notes
from mtldemo.study import StudyConfig, StudyFolder, list_studies
from mtldemo.ui.compare.runs import CLICKED
from mtldemo.ui.live_chart import ClickedTrace
from tests.pages.conftest import ROOT, records
from tests.pages.test_compare import texts

Open = Callable[..., AppTest]
Make = Callable[..., StudyFolder]


def opened_menu(compare: Open, study: str) -> AppTest:
    page = compare(study=study)
    page.session_state["compare.manage"] = True
    return page.run()


def test_a_study_is_renamed_and_noted(compare: Open, make_study: Make) -> None:
    study = make_study(arms=("equal", "dwa"))
    page = opened_menu(compare, "ours")
    page.text_area(key=f"compare.note:{study.path}").input("Why we did it").run()
    page.button(key="compare.keep_study").click().run()
    assert notes.read(study.path).text == "Why we did it"
    page.text_input(key=f"compare.name:{study.path}").input("better name").run()
    page.button(key="compare.rename").click().run()
    assert not page.exception
    assert page.query_params["study"] == "better name"
    assert "Why we did it" in texts(page)
    assert not study.path.exists()


def test_a_name_that_is_taken_is_said_in_words(compare: Open, make_study: Make) -> None:
    make_study("other", arms=("equal",), seeds=1)
    study = make_study(arms=("equal",), seeds=1)
    page = opened_menu(compare, "ours")
    page.text_input(key=f"compare.name:{study.path}").input("other").run()
    page.button(key="compare.rename").click().run()
    assert any("already a run or study called 'other'" in error.value for error in page.error)
    assert page.query_params["study"] == "ours"


def test_a_study_goes_to_the_trash_and_comes_back(compare: Open, make_study: Make, own_folders: Path) -> None:
    make_study(arms=("equal", "dwa"))
    page = opened_menu(compare, "ours")
    page.button(key="compare.delete").click().run()
    assert not page.exception
    assert [study.name for study in list_studies(own_folders / "runs") if not study.readonly] == []
    assert "**ours** is in the trash" in texts(page)
    page.button(key="compare.undo").click().run()
    assert not page.exception
    assert page.query_params["study"] == "ours"
    assert "in the trash" not in texts(page)


def test_one_that_comes_with_the_project_says_that_it_is_readonly(compare: Open) -> None:
    page = compare()
    assert any("Read-only" in item.value for item in page.markdown)
    assert "compare.manage" not in page.session_state


@pytest.mark.parametrize("touch", [False, True])
def test_a_click_on_one_run_opens_it_and_a_finger_is_asked_first(compare: Open, make_study: Make, touch: bool) -> None:
    make_study(arms=("equal", "dwa"), seeds=2)
    page = compare(study="ours")
    page.session_state[CLICKED] = ClickedTrace("DWA", "dwa-s1", touch)
    page.run()
    assert not page.exception
    assert ("Open this run?" in texts(page)) == touch
    assert ("Compare" in [title.value for title in page.title]) == touch


def test_a_click_on_an_arm_offers_its_runs(compare: Open, make_study: Make) -> None:
    make_study(arms=("equal", "dwa"), seeds=2)
    page = compare(study="ours")
    page.session_state[CLICKED] = ClickedTrace("DWA")
    page.run()
    assert "Which run do you want to open?" in texts(page)
    assert "**Seed 1**" in texts(page)
    page.session_state[CLICKED] = ClickedTrace("../..", "../../etc")
    page.run()
    assert not page.exception
    assert "Which run" not in texts(page)


def test_strategies_take_settings_of_ones_own(compare: Open, started: list[StudyConfig]) -> None:
    page = compare(new="study")
    page.multiselect(key="new_study.strategies").set_value(["equal", "dwa", "mgda", "fixed"])
    page.session_state["new_study:own_folded"] = True
    page.run()
    page.selectbox(key="new_study:own_of").set_value("dwa.0").run()
    page.number_input(key="new_study.own.dwa.0.temperature").set_value(4.0).run()
    page.button(key="new_study:own_add").click().run()
    assert page.selectbox(key="new_study:own_of").value == "dwa.1"
    page.number_input(key="new_study.own.dwa.1.temperature").set_value(1.0).run()
    page.text_input(key="new_study.own.dwa.1.name").input("sharp").run()
    page.selectbox(key="new_study:own_of").set_value("mgda.0").run()
    page.selectbox(key="new_study.own.mgda.0.place").set_value("features").run()
    page.selectbox(key="new_study:own_of").set_value("fixed.0").run()
    page.number_input(key="new_study.own.fixed.0.weights.age").set_value(0.05).run()
    assert not page.exception
    page.button(key="compare.start").click().run()
    assert not page.exception
    names = [arm.name for arm in started[0].arms if not arm.tasks]
    assert names == ["equal", "dwa-temperature=4.0", "sharp", "mgda@features", "fixed-weights.age=0.05"]
    assert started[0].arm("sharp").weighting.options == {"temperature": 1.0}

    page = compare(new="study")
    page.session_state["new_study:own_folded"] = True
    page.run()
    page.selectbox(key="new_study:own_of").set_value("dwa.1").run()
    page.button(key="new_study:own_drop").click().run()
    assert page.selectbox(key="new_study:own_of").value == "dwa.0"
    page.button(key="new_study:own_drop").click().run()
    assert not page.exception
    assert page.number_input(key="new_study.own.dwa.0.temperature").value == 2.0


def test_a_first_look_at_a_study_needs_no_torch(own_folders: Path) -> None:
    page, look = ROOT / "pages" / "compare.py", own_folders / "look.py"
    look.write_text(
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"page = AppTest.from_file({str(page)!r}, default_timeout=200).run()\n"
        "assert not page.exception, page.exception[0].message\n"
        "assert page.tabs, 'no study is shown'\n"
        "assert 'torch' not in sys.modules\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(look)], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_run_that_diverged_has_no_result_and_nothing_is_measured_against_it(compare: Open, make_study: Make) -> None:
    study = make_study(arms=("equal", "dwa"), seeds=2)
    for name in ("equal-s0", "equal-s1"):
        run = RunFolder(study.path / name)
        run.truncate(0)
        run.append(list(records(60)))
        run.write_status(dataclasses.replace(run.stored_status(), state="failed", diverged=name == "equal-s0"))
    page = compare(study="ours", view="Runs")
    shown = page.dataframe[0].value.set_index("Run")
    assert shown["State"].to_dict()["equal-s0"] == "Diverged"
    assert math.isnan(shown.loc["equal-s0", "Age"])
    assert shown.loc["equal-s1", "Age"] == 6, "the best epoch's, on validation"
    assert "Age Δ" not in shown, "a test isn't measured against a validation"


def test_why_nothing_is_drawn_is_said_where_seeds_diverged(compare: Open, make_study: Make) -> None:
    study = make_study(arms=("equal", "dwa"), seeds=2)
    for name in ("equal-s0", "equal-s1"):
        run = RunFolder(study.path / name)
        run.truncate(0)
        run.write_status(dataclasses.replace(run.stored_status(), state="failed", diverged=True))
    page = compare(study="ours", view="Results")
    assert "2 runs have a result, since seeds diverged: Equal weights (2 of 2 seeds diverged)." in page.info[0].value
