"""Predict, compare models: one face, many models."""

import dataclasses
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut
from streamlit.testing.v1 import AppTest

from mtldemo.config import WeightingConfig
from mtldemo.predict.models import ModelChoice
from mtldemo.runs import RunFolder, Status
from mtldemo.study import StudyFolder
from mtldemo.ui.predict.compare_models import ANY, MOST, ComparedModel, at_most, with_arms
from tests.predict.tiny import tiny_config, write_model

SCRIPT = "from mtldemo.ui.predict.compare_view import compare_view\ncompare_view(key='many', detector='haar')"


@pytest.fixture
def view(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The view alone, on empty folders, without a model that comes along."""
    monkeypatch.setattr("mtldemo.predict.models.SHIPPED", own_folders / "none.safetensors")
    return AppTest.from_string(SCRIPT, default_timeout=200)


@pytest.fixture
def make_model(own_folders: Path) -> Callable[..., RunFolder]:
    """A finished run with a model of random weights."""

    def make(name: str, strategy: str = "equal", seed: int = 0, **changes: Any) -> RunFolder:
        config = dataclasses.replace(tiny_config(**changes), weighting=WeightingConfig(strategy), seed=seed)
        run = RunFolder.create(own_folders / "runs", config, name)
        write_model(run.model_file, config, seed=len(name) + 10 * seed)
        now = time.time()
        run.write_status(Status("finished", 60, 60, 3, 3, created=now, updated=now, host="elsewhere"))
        return run

    return make


def picture(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def shown_table(view: AppTest) -> Any:
    return next(item.value for item in view.dataframe if "Model" in item.value)


def words(view: AppTest) -> str:
    shown = [*view.markdown, *view.caption, *view.warning, *view.info, *view.error]
    return "\n".join(item.value for item in shown)


def test_with_one_model_alone_it_says_how_to_get_more(
    app: AppTest, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtldemo.predict.models.SHIPPED", write_model(own_folders / "only.safetensors", tiny_config()))
    app.run()
    app.switch_page("pages/predict.py").run()
    app.segmented_control(key="way").set_value("Compare models").run()
    assert not app.exception, app.exception[0].message
    assert "One model alone" in words(app)
    assert not app.file_uploader


def test_two_runs_answer_about_the_same_face(view: AppTest, make_model: Callable[..., RunFolder]) -> None:
    make_model("one")
    make_model("other", "uncertainty", loss="l1")
    view.run()
    assert "2 models will be asked" in words(view)
    view.file_uploader(key="predict.files").upload("face.png", picture(astronaut()), "image/png").run()
    assert not view.exception, view.exception[0].message
    assert "2 models looked at this face." in words(view)
    table = shown_table(view)
    assert sorted(table["Model"]) == ["Equal weights", "Uncertainty weighting"]
    assert table["Age, years"].between(-50, 200).all()
    assert "Ethnicity" in table
    assert sorted(table["Run"]) == ["one", "other"]


def test_the_example_needs_no_picture_and_the_camera_tells_no_ethnicity_unasked(
    view: AppTest, make_model: Callable[..., RunFolder]
) -> None:
    make_model("one")
    make_model("other", "uncertainty")
    view.run()
    view.button(key="predict.try_example").click().run()
    assert not view.exception, view.exception[0].message
    assert "2 models looked at this face." in words(view)
    view.segmented_control(key="many.source").set_value("From the camera").run()
    photo = io.BytesIO()
    Image.fromarray(astronaut()).save(photo, "JPEG")
    view.camera_input[0].upload("photo.jpg", photo.getvalue()).run()
    assert not view.toggle(key="predict.sensitive").value
    assert "Ethnicity" not in shown_table(view)
    view.toggle(key="predict.sensitive").set_value(True).run()
    assert "Ethnicity" in shown_table(view)


def test_a_run_of_one_task_answers_that_alone(view: AppTest, make_model: Callable[..., RunFolder]) -> None:
    make_model("all")
    make_model("age-only", tasks=("age",))
    view.run()
    view.file_uploader(key="predict.files").upload("face.png", picture(astronaut()), "image/png").run()
    assert not view.exception, view.exception[0].message
    table = shown_table(view)
    assert table["Gender"].notna().sum() == 1
    assert table["Age, years"].notna().sum() == 2


def test_a_broken_model_is_told_of_and_the_others_answer(
    view: AppTest, make_model: Callable[..., RunFolder]
) -> None:  # fmt: skip
    make_model("one")
    make_model("two", "dwa")
    make_model("broken", "uncertainty").model_file.write_bytes(b"no weights")
    view.run()
    view.file_uploader(key="predict.files").upload("face.png", picture(astronaut()), "image/png").run()
    assert not view.exception, view.exception[0].message
    assert len(view.warning) == 1
    assert "2 models looked at this face." in words(view)


def test_no_face_offers_the_whole_picture(view: AppTest, make_model: Callable[..., RunFolder]) -> None:
    make_model("one")
    make_model("two", "dwa")
    view.run()
    grey = np.full((80, 90, 3), 128, np.uint8)
    view.file_uploader(key="predict.files").upload("wall.png", picture(grey), "image/png").run()
    assert "No face was found" in words(view)
    view.button(key="many.whole").click().run()
    assert not view.exception, view.exception[0].message
    assert "2 models looked at this face." in words(view)


def test_what_is_no_picture_is_said_in_words(view: AppTest, make_model: Callable[..., RunFolder]) -> None:
    make_model("one")
    make_model("two", "dwa")
    view.run()
    view.file_uploader(key="predict.files").upload("face.png", b"hello", "image/png").run()
    assert not view.exception
    assert "face.png can't be used" in view.error[0].value


def test_fewer_than_two_models_ask_for_another(view: AppTest, make_model: Callable[..., RunFolder]) -> None:
    make_model("one")
    make_model("two", "dwa")
    view.run()
    view.multiselect[0].set_value(["one"])
    view.file_uploader(key="predict.files").upload("face.png", picture(astronaut()), "image/png").run()
    assert not view.exception
    assert "at least two models" in view.info[0].value


def test_seeds_of_an_arm_are_told_apart(make_model: Callable[..., RunFolder]) -> None:
    runs = [make_model(f"run{seed}", "dwa", seed) for seed in range(2)] + [make_model("alone")]
    picked = with_arms([ModelChoice(run.name, run.name, run.model_file) for run in runs])
    assert [one.name for one in picked] == ["DWA · seed 0", "DWA · seed 1", "Equal weights"]


def test_of_too_many_each_arm_has_its_turn() -> None:
    members = [
        ComparedModel(ModelChoice(f"{arm}{seed}", "", Path()), f"arm {arm}", seed)
        for arm in range(10)
        for seed in range(4)
    ]
    kept = at_most(members)
    assert {one.arm for one in kept} == {f"arm {arm}" for arm in range(10)}
    assert [one.seed for one in kept] == [0, 1] * 10
    assert at_most(members[:MOST]) == members[:MOST]


def test_a_finished_run_leads_to_what_its_model_may_be_asked_about(
    app: AppTest, make_run: Callable[..., RunFolder], make_model: Callable[..., RunFolder]
) -> None:
    write_model(make_run("drawn").model_file, tiny_config(source="synthetic"))
    make_run("without")
    make_model("mine")
    ways = {
        "mine": {"Try it on your own face": "model=mine"},
        "drawn": {
            "Ask it about drawn portraits": "model=drawn&pictures=drawings",
            "Ask the model of real faces about your own face": "model=utkface",
        },
        "without": {},
    }
    app.run()
    app.switch_page("pages/train.py")
    for name, expected in ways.items():
        app.query_params["run"] = name
        app.run()
        assert not app.exception, app.exception[0].message
        links = [link.proto for link in app.get("page_link")]
        assert {link.label: link.query_string for link in links if "model=" in link.query_string} == expected


def test_a_study_leads_to_its_models_on_one_face(
    compare: Callable[..., AppTest], make_study: Callable[..., StudyFolder], make_model: Callable[..., RunFolder]
) -> None:
    study = make_study("ours", arms=("equal", "dwa"), seeds=1)
    assert one_face_links(compare(study="ours")) == []
    for run in study.runs():
        write_model(run.model_file, tiny_config(source="synthetic"))
    assert one_face_links(compare(study="ours")) == ["way=Compare+models&study=ours&pictures=drawings"]
    make_model("mine")
    make_model("other", "dwa")
    app = compare(study="ours")
    del app.query_params["study"]
    app.query_params["runs"] = ["mine", "other"]
    app.run()
    assert one_face_links(app) == ["way=Compare+models&models=other&models=mine"]


def one_face_links(app: AppTest) -> list[str]:
    links = [link.proto for link in app.get("page_link")]
    return [link.query_string for link in links if link.label.startswith("See these strategies on one ")]


def test_the_chosen_models_are_in_the_address(
    app: AppTest, own_folders: Path, make_study: Callable[..., StudyFolder], make_model: Callable[..., RunFolder]
) -> None:
    study = make_study("ours", arms=("equal", "dwa", "uncertainty"), seeds=1)
    for run in study.runs():
        write_model(run.model_file, tiny_config())
    make_model("mine")
    app.run()
    app.switch_page("pages/predict.py")
    app.query_params["way"], app.query_params["study"] = "Compare models", "ours"
    app.query_params["models"] = ["dwa-s0", "equal-s0", "gone"]
    app.run()
    assert not app.exception, app.exception[0].message
    chosen = app.multiselect[0]
    assert sorted(chosen.value) == ["dwa-s0", "equal-s0"]
    assert "1 model of the address can't be found here." in words(app)
    chosen.set_value(["uncertainty-s0", "dwa-s0"]).run()
    assert app.query_params["models"] == ["uncertainty-s0", "dwa-s0"]
    app.segmented_control(key="way").set_value("Upload").run()
    assert "study" not in app.query_params
    app.segmented_control(key="way").set_value("Compare models").run()
    assert app.query_params["study"] == "ours"
    assert app.multiselect[0].value == ["uncertainty-s0", "dwa-s0"]
    app.selectbox(key="predict.compare.study").set_value(ANY).run()
    assert "study" not in app.query_params
    assert "mine" in app.query_params["models"]
    assert app.multiselect[0].value == app.query_params["models"]


def test_a_picture_and_its_face_go_with_a_person_from_way_to_way(
    app: AppTest, own_folders: Path, make_model: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtldemo.ui.predict.page.warm_up", lambda chosen: None)
    monkeypatch.setattr("mtldemo.predict.models.SHIPPED", own_folders / "none.safetensors")
    make_model("one")
    make_model("two", "dwa")
    app.run()
    app.switch_page("pages/predict.py").run()
    face = np.asarray(astronaut())[:260, 90:360]
    files = {"wall.png": picture(np.full((80, 90, 3), 128, np.uint8)), "two.png": picture(np.hstack([face, face]))}
    for name, data in files.items():
        app.file_uploader(key="predict.files").upload(name, data, "image/png")
    app.run()
    app.button(key="predict.upload.1.face2.others").click().run()
    assert not app.exception, app.exception[0].message
    assert app.segmented_control(key="way").value == "Compare models"
    assert "2 models looked at this face." in words(app)
    assert app.selectbox(key="predict.compare.picture").value == 1
    assert app.segmented_control(key="predict.compare.face").value == 1
    app.segmented_control(key="way").set_value("Live").run()
    app.segmented_control(key="way").set_value("Upload").run()
    assert "2 pictures · 2 faces" in words(app)
    app.button(key="predict.remove").click().run()
    assert "2 pictures" not in words(app)
    assert app.button(key="predict.try_example")


def test_a_model_of_drawings_is_told_apart_from_those_of_faces(
    view: AppTest, make_model: Callable[..., RunFolder]
) -> None:
    make_model("faces")
    make_model("drawn", "dwa", source="synthetic")
    view.run()
    view.file_uploader(key="predict.files").upload("face.png", picture(astronaut()), "image/png").run()
    assert not view.exception
    assert view.error[0].value == "DWA learned from drawn portraits: what it says about a photograph means nothing."
    # It has no part in what they say together.
    assert "Only one model can be asked about this face" in words(view)
    table = next(frame.value for frame in view.dataframe if "Learned from" in frame.value)
    assert set(zip(table["Run"], table["Learned from"], strict=True)) == {
        ("faces", "photographs of faces"), ("drawn", "drawn portraits"),
    }  # fmt: skip
