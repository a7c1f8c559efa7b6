"""Compare: the verdict and every part of a study, what is wrong with runs in words, and the view in the address."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.runs import RunFolder, Status
from mtldemo.study import Arm, StudyConfig, StudyFolder, StudyStatus, create_study
from mtldemo.study.config import single_arms
from tests.pages.conftest import TINY, records

BASE = RunConfig(data=TINY, epochs=3)
GAINS = {"equal": 0.0, "uncertainty": -0.8, "dwa": 0.1, "single-age": -0.3}
"""Years of error that each arm has more than the plain sum."""
VIEWS = ("Results", "Curves", "Weights", "Gradients", "Runs", "Share")


@pytest.fixture
def make_study(own_folders: Path) -> Callable[..., StudyFolder]:
    """Make a study whose runs are finished: ``make_study("name", arms=("equal", "dwa"), seeds=3, singles=True)``."""

    def make(
        name: str = "ours", *, arms: tuple[str, ...] = ("equal", "uncertainty", "dwa"), seeds: int = 3,
        singles: bool = False, state: str = "finished"
    ) -> StudyFolder:  # fmt: skip
        chosen = tuple(Arm(arm, WeightingConfig(arm)) for arm in arms) + (single_arms(BASE) if singles else ())
        study = create_study(own_folders / "runs", StudyConfig(BASE, chosen, tuple(range(seeds))), name)
        config, total = study.config(), len(chosen) * seeds
        for arm in chosen:
            for seed in config.seeds:
                finish(study.run_for(config, arm, seed), GAINS.get(arm.name, 0.0), seed)
        now = time.time()
        study.write_status(StudyStatus(state, total, total, created=now, updated=now, host="elsewhere"))
        return study

    return make


def finish(run: RunFolder, gain: float = 0.0, seed: int = 0) -> None:
    """Give a run curves and a test: 6 years, 92 % and 80 %, a little else with each seed."""
    tasks = run.config().tasks
    lines = [of_tasks(record, tasks) for record in records(60)]
    metrics = lines[-1]["metrics"]
    if "age" in metrics:
        metrics["age"] = {"mae": 6 + gain + 0.05 * seed + 0.01 * len(run.name) * (seed - 1), "cs5": 0.5}
    last = {name: lines[-1][name] for name in ("step", "epoch", "time", "metrics")}
    lines.append({"kind": "test", "images": 100, "best_epoch": 3, "losses": lines[-1]["val_losses"], **last})
    run.append(lines)
    now = time.time()
    run.write_status(Status("finished", 60, 60, 3, 3, created=now, updated=now, host="elsewhere"))


def of_tasks(value: Any, tasks: tuple[str, ...]) -> Any:
    """A record without what belongs to other tasks."""
    if not isinstance(value, dict):
        return value
    others = {"age", "gender", "ethnicity"} - set(tasks)
    return {key: of_tasks(item, tasks) for key, item in value.items() if not others & set(key.split("|"))}


@pytest.fixture
def show(app: AppTest) -> Callable[..., AppTest]:
    """Open the page at an address: ``show(study="ours", view="Curves")``."""

    def opened(**address: str) -> AppTest:
        app.run()
        app.switch_page("pages/compare.py")
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, app.exception[0].message
        return app

    return opened


def texts(app: AppTest) -> str:
    kinds: list[Any] = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return " ".join(item.value for item in kinds)


def test_with_nothing_to_compare_it_names_the_next_step(
    show: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("mtldemo.study.folder.SHIPPED", tmp_path / "none")
    page = show()
    assert "Nothing to compare yet" in texts(page)
    page.button(key="compare.first").click().run()
    assert not page.exception
    assert page.button(key="compare.start")


@pytest.mark.parametrize("view", VIEWS)
def test_each_part_of_a_study(show: Callable[..., AppTest], make_study: Callable[..., StudyFolder], view: str) -> None:
    make_study(singles=True)
    page = show(study="ours", view=view)
    assert not page.error
    headline = next(item.value for item in page.markdown if item.value.startswith("### "))
    assert "Uncertainty weighting beats Equal weights on age" in headline
    assert page.query_params["study"] == "ours"


def test_the_newest_study_is_shown_and_goes_into_the_address(
    show: Callable[..., AppTest], make_study: Callable[..., StudyFolder]
) -> None:
    make_study("older")
    make_study("newer", arms=("equal", "dwa"))
    page = show()
    assert page.query_params["study"] == "newer"
    page.selectbox(key="compare.picker").select("older").run()
    assert not page.exception
    assert page.query_params["study"] == "older"
    assert "3 strategies" in texts(page)


def test_one_seed_says_that_nothing_can_be_concluded(
    show: Callable[..., AppTest], make_study: Callable[..., StudyFolder]
) -> None:
    make_study(seeds=1)
    page = show(study="ours")
    assert "Nothing can be concluded from one seed" in texts(page)


def test_broken_runs_are_told_of_and_left_out(
    show: Callable[..., AppTest], make_study: Callable[..., StudyFolder]
) -> None:
    study = make_study()
    (study.path / "dwa-s0" / "config.json").write_text("{", encoding="utf-8")
    with (study.path / "dwa-s1" / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"kind":"step"')
    page = show(study="ours", view="Runs")
    assert page.expander[0].label == "2 runs with something wrong"
    wrong = page.dataframe[0].value
    assert wrong["Run"].tolist() == ["dwa-s0", "dwa-s1"]
    assert "beats Equal weights on age" in texts(page)


def test_a_study_that_is_gone_is_said_in_words(show: Callable[..., AppTest]) -> None:
    page = show(study="nobody")
    assert any("no study 'nobody'" in error.value for error in page.error)


def test_runs_on_other_data_are_said_before_anything_is_drawn(show: Callable[..., AppTest], own_folders: Path) -> None:
    other = dataclasses.replace(TINY, split_seed=1)
    names = []
    for data, strategy in ((TINY, "equal"), (TINY, "dwa"), (other, "uncertainty")):
        for seed in (0, 1):
            config = dataclasses.replace(BASE, data=data, seed=seed, weighting=WeightingConfig(strategy))
            run = RunFolder.create(own_folders / "runs", config, f"{strategy} {seed}")
            finish(run, seed=seed)
            names.append(run.name)
    app = show()
    app.query_params.clear()
    app.query_params["runs"] = names
    app.run()
    assert not app.exception
    warning = app.warning[0].value
    assert "split" in warning
    assert "The figures below are of the 4 runs like" in warning
    assert "Uncertainty weighting" not in next(item.value for item in app.markdown if item.value.startswith("### "))


def test_the_view_is_in_the_address(show: Callable[..., AppTest], make_study: Callable[..., StudyFolder]) -> None:
    make_study()
    page = show(
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


def test_runs_of_ones_own_choice(show: Callable[..., AppTest], make_run: Callable[..., RunFolder]) -> None:
    for name in ("first", "second", "third"):
        make_run(name)
    page = show(runs="")
    assert "Tick the runs to compare" in texts(page)
    assert set(page.dataframe[0].value["Run"]) == {"first", "second", "third"}


def test_a_study_at_work_is_stopped_and_resumed(
    show: Callable[..., AppTest], make_study: Callable[..., StudyFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study()
    moment = dataclasses.replace(study.stored_status(), state="running", finished=4, left=5, running=("dwa-s1",))
    study.write_status(dataclasses.replace(moment, eta_s=125.0, updated=time.time() + 300))
    page = show(study="ours")
    assert "**4** of 9 runs done · **1** running · **5** left · **2 min 05 s** to go" in texts(page)
    page.button(key="compare.stop").click().run()
    assert not page.exception
    assert study.stop_requested()

    study.write_status(dataclasses.replace(moment, state="stopped", running=(), updated=time.time()))
    resumed: list[str] = []
    monkeypatch.setattr("mtldemo.ui.compare.progress.resume_study", lambda study: resumed.append(study.name))
    page = show(study="ours")
    page.button(key="compare.resume").click().run()
    assert resumed == ["ours"]


def test_the_form_starts_what_it_says(
    show: Callable[..., AppTest], own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[StudyConfig] = []

    def start(config: StudyConfig, *, runs_dir: Path, name: str | None) -> StudyFolder:
        started.append(config)
        return create_study(runs_dir, config, name)

    monkeypatch.setattr("mtldemo.ui.compare.start.start_study", start)
    page = show(new="study")
    page.multiselect(key="new_study.strategies").set_value([]).run()
    assert page.button(key="compare.start").disabled
    assert any("at least one strategy" in error.value for error in page.error)
    page.multiselect(key="new_study.strategies").set_value(["equal", "mgda"])
    page.number_input(key="new_study:seeds").set_value(2)
    page.text_input(key="new_study:name").input("mine")
    page.run()
    assert "as long as 13 runs of the plain sum" in page.table[0].value.to_string()
    page.button(key="compare.start").click().run()
    assert not page.exception
    assert [arm.name for arm in started[0].arms] == ["equal", "mgda", "single-age", "single-gender", "single-ethnicity"]
    assert started[0].seeds == (0, 1)
    assert page.query_params["study"] == "mine"


def test_strategies_and_seeds_are_added_later(
    show: Callable[..., AppTest], make_study: Callable[..., StudyFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(arms=("equal", "dwa"), seeds=2)
    resumed: list[str] = []
    monkeypatch.setattr("mtldemo.ui.compare.extend.resume_study", lambda study: resumed.append(study.name))
    page = show(study="ours")
    page.session_state["compare.extend"] = True
    page.run()
    page.multiselect(key="compare.more_strategies").set_value(["rlw"])
    page.number_input(key="compare.more_seeds").set_value(1).run()
    page.button(key="compare.add").click().run()
    assert not page.exception
    assert [arm.name for arm in study.config().arms] == ["equal", "dwa", "rlw"]
    assert study.config().seeds == (0, 1, 2)
    assert resumed == ["ours"]


def test_a_note_is_kept_with_the_run(show: Callable[..., AppTest], make_study: Callable[..., StudyFolder]) -> None:
    from mtldemo.runs import notes

    study = make_study(arms=("equal", "dwa"))
    page = show(study="ours", runs="dwa-s0", view="Runs")
    page.text_area[0].input("looks odd").run()
    page.button(key="compare.keep").click().run()
    assert not page.exception
    assert notes.read(study.path / "dwa-s0").text == "looks odd"


def test_a_studys_run_opens_on_its_page(app: AppTest, make_study: Callable[..., StudyFolder]) -> None:
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
    app: AppTest, make_study: Callable[..., StudyFolder], monkeypatch: pytest.MonkeyPatch, own_folders: Path
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


def test_many_runs_are_read_at_once_as_they_are_one_by_one(make_run: Callable[..., RunFolder]) -> None:
    from mtldemo.charts.frame import RunFrame
    from mtldemo.ui.compare.frames import read

    run = make_run("one")
    other = RunFrame(run.follow().records)
    for damage in (b"", b'{"kind":"step","step":"x"}\n', b'{"kind":"epoch","step":[]}\n', b'{"kind":"step","st'):
        with run.metrics_file.open("ab") as file:
            file.write(damage)
        one = read(run.metrics_file.read_bytes(), run)
        for name in ("step", "losses.age", "weights.gender", "gradient_norm"):
            assert (one.steps[name] == other.steps[name]).all()
        assert (one.gradients["cosines.age|gender"] == other.gradients["cosines.age|gender"]).all()
        assert (one.epochs, one.test) == (other.epochs, other.test)
