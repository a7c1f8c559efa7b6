"""Train: the form of a new run, and the view of one in each of its states."""

import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo import launch
from mtldemo.config import RunConfig, leaves
from mtldemo.predict.models import SHIPPED
from mtldemo.presets import PRESETS, preset_named
from mtldemo.runs import RunFolder, list_runs
from mtldemo.settings import settings_of
from mtldemo.weighting import STRATEGIES


@pytest.fixture
def form(app: AppTest) -> AppTest:
    """The form of a new run."""
    app.run()
    return app.switch_page("pages/train.py").run()


@pytest.fixture
def view(app: AppTest) -> Callable[[str], AppTest]:
    """Show the run of that name."""

    def show(name: str) -> AppTest:
        app.run()
        app.switch_page("pages/train.py")
        app.query_params["run"] = name
        app.run()
        assert not app.exception, app.exception[0].message
        return app

    return show


def keys(app: AppTest) -> Iterator[str]:
    kinds: list[Any] = [app.number_input, app.selectbox, app.text_input, app.toggle, app.button_group]
    for kind in kinds:
        yield from (str(item.key) for item in kind)


def texts(app: AppTest) -> str:
    return " ".join(item.value for item in [*app.markdown, *app.caption])


def test_every_setting_of_the_config_has_its_widget(form: AppTest) -> None:
    # A strategy that looks at gradients is asked where it takes them, so it has every setting there is.
    form.selectbox(key="new_run.weighting.strategy").select("mgda").run()
    assert not form.exception
    drawn = set(keys(form))
    for path, _ in leaves(RunConfig):
        key = ".".join(("new_run", *path))
        assert any(name == key or name.startswith(f"{key}.") for name in drawn), f"{key} is missing"


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_hyper_parameters_come_from_the_signature(form: AppTest, strategy: Any) -> None:
    form.selectbox(key="new_run.weighting.strategy").select(strategy.name).run()
    assert not form.exception
    drawn = set(keys(form))
    for field in settings_of(strategy):
        key = f"new_run.options.{strategy.name}.{field.name}"
        assert any(name == key or name.startswith(f"{key}.") for name in drawn)
    assert strategy.idea in {item.value for item in form.markdown}


def test_the_cost_is_told_before_the_run_starts(form: AppTest) -> None:
    assert "about the same as a plain step" in texts(form)
    form.selectbox(key="new_run.weighting.strategy").select("mgda").run()
    assert "x the time" in texts(form)
    form.button_group(key="new_run.weighting.gradients_at").select("features").run()
    assert "about the same as a plain step" in texts(form)


def test_where_gradients_are_taken_is_left_where_the_next_strategy_cannot(
    form: AppTest, started_runs: list[RunConfig]
) -> None:
    form.selectbox(key="new_run.weighting.strategy").select("mgda").run()
    form.button_group(key="new_run.weighting.gradients_at").select("block").run()
    form.selectbox(key="new_run.weighting.strategy").select("graddrop").run()
    form.button(key="train.start").click().run()
    assert not form.exception
    assert started_runs[0].weighting.gradients_at == "shared"


@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset.photographs], ids=lambda preset: preset.name)
def test_a_preset_for_faces_takes_utkface_or_leads_to_it(
    form: AppTest, started_runs: list[RunConfig], own_folders: Path, monkeypatch: pytest.MonkeyPatch, preset: Any
) -> None:
    form.button_group(key="new_run:preset").select(preset.name).run()
    assert form.button(key="train.start").disabled
    assert f"{preset.title} is for photographs of faces; choose UTKFace as the data set." in form.error[0].value
    assert "Add UTKFace on the Data page" in [link.proto.label for link in form.get("page_link")]
    archive = own_folders / "none" / "UTKFace.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as packed:
        packed.addfile(tarfile.TarInfo("34_1_0_20170103.jpg"))
    form.button_group(key="new_run:preset").select("default").run()
    form.button_group(key="new_run:preset").select(preset.name).run()
    assert not form.error
    form.button(key="train.start").click().run()
    assert started_runs[0].data.source == str(archive)


def test_a_number_out_of_range_keeps_a_run_from_starting(form: AppTest, started_runs: list[RunConfig]) -> None:
    form.number_input(key="new_run.epochs").set_value(0).run()
    assert form.button(key="train.start").disabled
    assert form.error[0].value == "Epochs: expected 1 to 1000, found 0."
    form.number_input(key="new_run.epochs").set_value(2).run()
    form.button(key="train.start").click().run()
    assert started_runs[0].epochs == 2


PLAIN_PRESETS = [preset for preset in PRESETS if not preset.photographs]


@pytest.mark.parametrize("preset", PLAIN_PRESETS, ids=lambda preset: preset.name)
def test_a_preset_fills_the_form_and_starts_as_it_is(form: AppTest, started_runs: list[RunConfig], preset: Any) -> None:
    form.button_group(key="new_run:preset").select(preset.name).run()
    form.button(key="train.start").click().run()
    assert not form.exception
    got, wanted = started_runs[0], preset_named(preset.name).config
    assert got.weighting.strategy == wanted.weighting.strategy
    # The form writes out every hyper-parameter, the preset only those that differ from their defaults.
    assert wanted.weighting.options.items() <= got.weighting.options.items()
    for path, _ in leaves(RunConfig):
        one, other = got, wanted
        for name in path:
            one, other = getattr(one, name), getattr(other, name)
        assert one == other, path


def test_changed_settings_reach_the_run(form: AppTest, started_runs: list[RunConfig], own_folders: Path) -> None:
    form.selectbox(key="new_run.weighting.strategy").select("fixed").run()
    form.number_input(key="new_run.options.fixed.weights.age").set_value(0.25)
    form.number_input(key="new_run.epochs").set_value(3)
    form.button_group(key="new_run.losses.age").set_value("huber")
    form.text_input(key="new_run:name").input("mine")
    form.run()
    form.button(key="train.start").click().run()
    assert not form.exception
    assert started_runs[0].weighting.options == {"weights": {"age": 0.25}}
    assert started_runs[0].epochs == 3
    assert started_runs[0].losses == {"age": "huber"}
    assert [run.name for run in list_runs(own_folders / "runs")] == ["mine"]
    assert form.query_params["run"] == "mine"
    assert "Waiting to start" in texts(form)


def test_a_run_may_begin_with_the_weights_of_a_model(form: AppTest, started_runs: list[RunConfig]) -> None:
    weights, backbone = "new_run.model.init_from", "new_run.model.backbone"
    assert form.selectbox(key=weights).options[0] == "Random"
    form.selectbox(key=weights).select(str(SHIPPED.absolute())).run()
    form.selectbox(key=backbone).select("resnet34").run()
    assert "another backbone" in " ".join(error.value for error in form.error)
    form.selectbox(key=backbone).select("resnet18_small").run()
    form.button(key="train.start").click().run()
    assert not form.exception
    assert started_runs[0].model.init_from == str(SHIPPED.absolute())


def test_mistakes_are_said_beside_the_form_and_nothing_starts(form: AppTest) -> None:
    form.button_group(key="new_run.tasks").set_value([]).run()
    assert not form.exception
    assert any("at least one task" in error.value for error in form.error)
    assert form.button(key="train.start").disabled


def test_a_taken_name_is_said_in_words(form: AppTest, make_run: Callable[..., RunFolder]) -> None:
    make_run("taken")
    form.text_input(key="new_run:name").input("taken").run()
    form.button(key="train.start").click().run()
    assert not form.exception
    assert any("taken" in error.value for error in form.error)


def test_a_finished_run_shows_its_test_and_charts(
    view: Callable[[str], AppTest], make_run: Callable[..., RunFolder]
) -> None:
    make_run("done")
    app = view("done")
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Age · mean absolute error"] == "6.00 years"
    assert metrics["Gender · accuracy"] == "92.0 %"
    assert {"**Loss of each task**", "**Weight of each task**"} <= {item.value for item in app.markdown}
    assert "Finished" in texts(app)
    assert not [button for button in app.button if button.key in ("train.stop", "train.resume")]


def test_a_crashed_run_shows_the_end_of_its_log_and_resumes(
    view: Callable[[str], AppTest], make_run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run("lost", state="crashed", message="Its process ended without a word.")
    resumed: list[str] = []
    monkeypatch.setattr(launch, "resume", lambda run: resumed.append(run.name))
    app = view("lost")
    assert "Its process ended without a word." in app.error[0].value
    assert "the last words" in app.code[0].value
    app.button(key="train.resume").click().run()
    assert resumed == ["lost"]


def test_a_failed_run_says_why(view: Callable[[str], AppTest], make_run: Callable[..., RunFolder]) -> None:
    make_run("failed", state="failed", message="The loss of age is not a number.", steps=0)
    app = view("failed")
    assert app.error[0].value == "The loss of age is not a number."
    assert "It ended before its first step." in texts(app)


def test_a_live_run_can_be_stopped(view: Callable[[str], AppTest], own_folders: Path) -> None:
    run = RunFolder.create(own_folders / "runs", RunConfig(), "waiting")
    app = view("waiting")
    app.button(key="train.stop").click().run()
    assert not app.exception
    assert run.status().state == "stopped"
    assert app.button(key="train.resume")


def test_rename_delete_and_undo(
    view: Callable[[str], AppTest], make_run: Callable[..., RunFolder], own_folders: Path
) -> None:
    make_run("first")
    app = view("first")
    app.text_input(key="train.name.first").input("second")
    app.button(key="train.rename").click().run()
    assert not app.exception
    assert app.query_params["run"] == "second"
    app.button(key="train.delete").click().run()
    assert "run" not in app.query_params
    assert list_runs(own_folders / "runs") == []
    app.button(key="train.undo").click().run()
    assert not app.exception
    assert app.query_params["run"] == "second"
    assert [run.name for run in list_runs(own_folders / "runs")] == ["second"]


def test_a_run_that_is_gone_is_said_in_words(view: Callable[[str], AppTest]) -> None:
    app = view("nobody")
    assert any("no run 'nobody'" in error.value for error in app.error)


def test_the_list_of_runs_changes_the_run_in_the_url(
    view: Callable[[str], AppTest], make_run: Callable[..., RunFolder]
) -> None:
    make_run("one")
    make_run("two", state="stopped")
    app = view("one")
    app.selectbox(key="train.picker").select("two").run()
    assert app.query_params["run"] == "two"
    assert "Stopped" in texts(app)
    app.button(key="train.new").click().run()
    assert "run" not in app.query_params
    assert app.button(key="train.start")
