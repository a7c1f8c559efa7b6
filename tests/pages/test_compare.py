"""Compare: the verdict and every part of a study, what is wrong with runs in words, and the view in the address."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.config import WeightingConfig
from mtldemo.runs import RunFolder, Status
from mtldemo.study import Arm, StudyConfig, StudyFolder, StudyStatus, create_study
from mtldemo.study.estimate import plain_runs
from tests.pages.conftest import BASE, TINY, finish, records

VIEWS = ("Results", "Curves", "Weights", "Gradients", "Runs", "Share")


Open = Callable[..., AppTest]
Make = Callable[..., StudyFolder]


def texts(app: AppTest) -> str:
    kinds: list[Any] = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return " ".join(item.value for item in kinds)


def test_with_nothing_to_compare_it_names_the_next_step(
    compare: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("mtldemo.study.folder.SHIPPED", tmp_path / "none")
    page = compare()
    assert "Nothing to compare yet" in texts(page)
    page.button(key="compare.first").click().run()
    assert not page.exception
    assert page.button(key="compare.start")


@pytest.mark.parametrize("view", VIEWS)
def test_each_part_of_a_study(compare: Open, make_study: Make, view: str) -> None:
    make_study(singles=True)
    page = compare(study="ours", view=view)
    assert not page.error
    headline = next(item.value for item in page.markdown if item.value.startswith("###"))
    assert "Uncertainty weighting beats" in headline
    assert page.query_params["study"] == "ours"


def test_the_newest_study_is_shown_and_goes_into_the_address(compare: Open, make_study: Make) -> None:
    make_study("older")
    make_study("newer", arms=("equal", "dwa"))
    page = compare()
    assert page.query_params["study"] == "newer"
    page.selectbox(key="compare.picker").select("older").run()
    assert not page.exception
    assert page.query_params["study"] == "older"
    assert "3 strategies" in texts(page)


def test_one_seed_says_that_nothing_can_be_concluded(compare: Open, make_study: Make) -> None:
    make_study(seeds=1)
    page = compare(study="ours")
    assert "Nothing can be concluded from one seed" in texts(page)


def test_before_any_run_is_tested_that_is_said_once(compare: Open, own_folders: Path) -> None:
    arms = tuple(Arm(name, WeightingConfig(name)) for name in ("equal", "dwa"))
    study = create_study(own_folders / "runs", StudyConfig(BASE, arms, (0, 1)), "ours")
    run, now = study.run_for(study.config(), arms[0], 0), time.time()
    run.append(list(records(60)))
    run.write_status(Status("stopped", 60, 90, 3, 4, created=now, updated=now, host="elsewhere"))
    words = texts(compare(study="ours"))
    assert "No run has finished so far." in words
    assert "###" not in words
    assert "What else can be said" not in words


def test_broken_runs_are_told_of_and_left_out(compare: Open, make_study: Make) -> None:
    study = make_study()
    (study.path / "dwa-s0" / "config.json").write_text("{", encoding="utf-8")
    with (study.path / "dwa-s1" / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"kind":"step"')
    page = compare(study="ours", view="Runs", settings="true")
    shown = page.dataframe[0].value.set_index("Run")
    assert shown.loc["dwa-s0", "weighting.strategy"] == "–"
    assert shown.loc["dwa-s2", "weighting.strategy"] == "dwa"
    assert page.expander[0].label == "2 runs with something wrong"
    wrong = page.table[0].value.to_string()
    assert "dwa-s0" in wrong
    assert "The last line of" in wrong
    assert "Uncertainty weighting beats" in texts(page)


def test_an_address_with_runs_that_are_gone_leads_back(compare: Open, make_study: Make) -> None:
    make_study(arms=("equal", "dwa"))
    page = compare(study="ours", runs="nobody")
    assert "None of the runs in the address" in texts(page)
    page.button(key="compare.whole").click().run()
    assert not page.exception
    assert "runs" not in page.query_params
    assert page.selectbox(key="baseline").value == "Equal weights"


def test_a_study_that_is_gone_is_said_in_words(compare: Open) -> None:
    page = compare(study="nobody")
    assert any("no study 'nobody'" in error.value for error in page.error)


def test_runs_on_other_data_are_said_before_anything_is_drawn(compare: Open, own_folders: Path) -> None:
    other = dataclasses.replace(TINY, split_seed=1)
    names = []
    for data, strategy in ((TINY, "equal"), (TINY, "dwa"), (other, "uncertainty")):
        for seed in (0, 1):
            config = dataclasses.replace(BASE, data=data, seed=seed, weighting=WeightingConfig(strategy))
            run = RunFolder.create(own_folders / "runs", config, f"{strategy} {seed}")
            finish(run, seed=seed)
            names.append(run.name)
    app = compare()
    app.query_params.clear()
    app.query_params["runs"] = names
    app.run()
    assert not app.exception
    warning = app.warning[0].value
    assert "split" in warning
    assert "The figures below are of the 4 runs like" in warning
    assert "Uncertainty weighting" not in next(item.value for item in app.markdown if item.value.startswith("###"))


def test_the_view_is_in_the_address(compare: Open, make_study: Make) -> None:
    make_study()
    page = compare(
        study="ours",
        view="Curves",
        baseline="DWA",
        curve="Training losses",
        front="Uncertainty weighting",
    )
    assert page.selectbox(key="baseline").value == "DWA"
    assert "beat DWA on age" in texts(page)
    assert "**Training loss of each task**" in {item.value for item in page.markdown}
    assert page.multiselect(key="front").value == ["Uncertainty weighting"]
    assert "Lines are means over seeds" in texts(page)


def test_runs_of_ones_own_choice(compare: Open, make_run: Callable[..., RunFolder]) -> None:
    for name in ("first", "second", "third"):
        make_run(name)
    page = compare(runs="")
    assert "Tick the runs to compare" in texts(page)
    assert set(page.dataframe[0].value["Run"]) == {"first", "second", "third"}


def test_a_study_at_work_is_stopped_and_resumed(
    compare: Open, make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study()
    moment = dataclasses.replace(study.stored_status(), state="running", finished=4, left=5, running=("dwa-s1",))
    study.write_status(dataclasses.replace(moment, eta_s=125.0, updated=time.time() + 300))
    page = compare(study="ours")
    assert "**4** of 9 runs done · **1** running · **5** left · **2 min 05 s** to go" in texts(page)
    page.button(key="compare.stop").click().run()
    assert not page.exception
    assert study.stop_requested()

    study.write_status(dataclasses.replace(moment, state="stopped", running=(), updated=time.time()))
    resumed: list[str] = []
    monkeypatch.setattr("mtldemo.ui.compare.study_progress.resume_study", lambda study: resumed.append(study.name))
    page = compare(study="ours")
    page.button(key="compare.resume").click().run()
    assert resumed == ["ours"]


def test_the_form_starts_what_it_says(compare: Open, started: list[StudyConfig]) -> None:
    page = compare(new="study")
    page.multiselect(key="new_study.strategies").set_value([]).run()
    assert page.button(key="compare.start").disabled
    assert any("at least one strategy" in error.value for error in page.error)
    page.multiselect(key="new_study.strategies").set_value(["equal", "mgda"])
    page.number_input(key="new_study:seeds").set_value(2)
    page.text_input(key="new_study:name").input("mine")
    page.run()
    told = page.table[0].value.to_string()
    page.button(key="compare.start").click().run()
    assert not page.exception
    assert f"as long as {plain_runs(started[0]):.0f} runs of the plain sum" in told
    assert [arm.name for arm in started[0].arms] == ["equal", "mgda", "single-age", "single-gender", "single-ethnicity"]
    assert started[0].seeds == (0, 1)
    assert page.query_params["study"] == "mine"


def test_strategies_are_crossed_with_ways_of_sharing(compare: Open, started: list[StudyConfig]) -> None:
    page = compare(new="study")
    page.multiselect(key="new_study.strategies").set_value(["equal", "mgda"])
    page.multiselect(key="new_study.sharings").set_value(["hard", "soft"]).run()
    assert any("they meet nowhere" in error.value for error in page.error)
    page.multiselect(key="new_study.sharings").set_value(["hard", "mtan"]).run()
    assert "2 strategies on 2 ways of sharing" in page.table[0].value.to_string()
    page.button(key="compare.start").click().run()
    assert not page.exception
    names = [arm.name for arm in started[0].arms if not arm.tasks]
    assert names == ["equal", "mgda", "equal+mtan", "mgda+mtan"]


def test_strategies_and_seeds_are_added_later(compare: Open, make_study: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(arms=("equal", "dwa"), seeds=2)
    resumed: list[str] = []
    monkeypatch.setattr("mtldemo.ui.compare.new_study.resume_study", lambda study: resumed.append(study.name))
    page = compare(study="ours")
    page.session_state["compare.extend"] = True
    page.run()
    page.multiselect(key="compare.more_strategies").set_value(["rlw"])
    page.number_input(key="compare.more_seeds").set_value(1).run()
    page.button(key="compare.add").click().run()
    assert not page.exception
    assert [arm.name for arm in study.config().arms] == ["equal", "dwa", "rlw"]
    assert study.config().seeds == (0, 1, 2)
    assert resumed == ["ours"]


def test_show_only_changes_what_is_drawn_and_no_figure(
    compare: Callable[..., AppTest], make_study: Callable[..., StudyFolder]
) -> None:
    make_study("ours", arms=("equal", "uncertainty", "dwa"), singles=True)
    app = compare(study="ours")
    before, whole = verdict_of(app), results_of(app)
    app.multiselect(key="arms").set_value(["DWA"]).run()
    assert not app.exception
    shown = results_of(app)
    assert verdict_of(app) == before
    assert "single-task baselines" not in " ".join(item.value for item in (*app.markdown, *app.info))
    assert set(shown["Strategy"]) == {"Equal weights", "DWA"} < set(whole["Strategy"])
    rows = whole.set_index("Strategy").loc[list(shown["Strategy"])]
    assert rows["Best"].tolist() == shown["Best"].tolist()
    assert rows["Rank"].tolist() == shown["Rank"].tolist()


def verdict_of(app: AppTest) -> list[str]:
    return [item.value for item in app.markdown if item.value.startswith(("###", "- "))]


def results_of(app: AppTest) -> Any:
    return next(item.value for item in app.dataframe if "Strategy" in item.value and "Rank" in item.value)


def test_a_running_study_says_when_the_first_verdict_comes(
    compare: Callable[..., AppTest], make_study: Callable[..., StudyFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, now = make_study("ours", arms=("equal", "dwa"), seeds=1), time.time()
    study.write_config(dataclasses.replace(study.config(), seeds=(0, 1, 2)))
    status = StudyStatus("running", 6, 2, left=4, created=now, updated=now, host="elsewhere")
    monkeypatch.setattr(StudyFolder, "status", lambda self: status)
    app = compare(study="ours")
    said = " ".join(item.value for item in (*app.markdown, *app.caption))
    assert "The first verdict comes after the second seed (2 of 6 runs)." in said
    assert "1 of 3 seeds so far" in said
    assert "add seeds" not in said
