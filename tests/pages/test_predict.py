"""Predict: uploads, snapshots, faces that weren't found, what can't be read, and the settings."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from skimage.data import astronaut
from streamlit.testing.v1 import AppTest

from mtldemo.errors import MtlDemoError
from mtldemo.predict import detectors
from mtldemo.predict.answers import FaceAnswer, PictureAnswer
from mtldemo.predict.detect import Face
from mtldemo.runs import RunFolder
from mtldemo.ui.place_square import PlacedSquare
from mtldemo.ui.predict import model_picker, picture_view, results
from mtldemo.ui.predict.pictures import InputPicture
from tests.predict.tiny import tiny_config, write_model


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of random weights that comes with the project."""
    return write_model(tmp_path_factory.mktemp("shipped") / "utkface.safetensors", tiny_config())


@pytest.fixture
def page(app: AppTest, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page at an address: ``page(way="Snapshot")``. Nothing is loaded in the background."""
    monkeypatch.setattr("mtldemo.predict.models.SHIPPED", shipped)
    monkeypatch.setattr("mtldemo.ui.predict.page.warm_up", lambda chosen: None)

    def opened(**address: str) -> AppTest:
        app.run()
        app.switch_page("pages/predict.py")
        for name, value in address.items():
            app.query_params[name] = value
        return ran(app)

    return opened


@pytest.fixture(scope="module")
def portrait() -> bytes:
    """A PNG with one face."""
    return png(np.asarray(astronaut())[:260, 90:360])


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def drawn_model(runs_dir: Path) -> None:
    run = RunFolder.create(runs_dir, tiny_config(source="synthetic"), "demo")
    write_model(run.model_file, run.config())


GREY = png(np.full((120, 160, 3), 128, np.uint8))


def ran(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.html)
    return "\n".join(str(item.value) for kind in kinds for item in kind)


def upload(app: AppTest, **files: bytes) -> AppTest:
    for name, data in files.items():
        app.file_uploader(key="predict.files").upload(name.replace("_", "."), data)
    return ran(app)


def test_without_a_model_the_way_to_one_is_said(
    page: Callable[..., AppTest], own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtldemo.predict.models.SHIPPED", own_folders / "none")
    app = page()
    assert "No model yet" in texts(app)
    assert not app.file_uploader


def test_the_empty_page_says_what_can_be_read_and_what_it_is_not_for(page: Callable[..., AppTest]) -> None:
    app = page()
    assert "at most 64 million pixels" in app.file_uploader(key="predict.files").label
    assert "not for decisions about people" in texts(app)
    assert "nothing is stored unless you download it" in texts(app)
    assert "UTKFace model" in texts(app)
    assert "model" not in app.query_params


def test_a_face_is_found_and_told(page: Callable[..., AppTest], portrait: bytes) -> None:
    app = upload(page(), one_png=portrait)
    words = texts(app)
    assert "1 picture · 1 face" in words
    for told in ("Face 1", "Age", "years", "Gender", "Ethnicity"):
        assert told in words
    buttons: Any = app.get("download_button")
    labels = {button.label for button in buttons}
    assert labels == {"CSV, for a spreadsheet", "JSON, for programs", "Marked picture"}


def test_the_example_needs_no_picture(page: Callable[..., AppTest]) -> None:
    app = page()
    app.button(key="predict.try_example").click()
    ran(app)
    assert "1 picture · 1 face" in texts(app)
    assert "public domain" in texts(app)


def test_a_bad_file_is_said_in_words_and_the_others_go_on(page: Callable[..., AppTest], portrait: bytes) -> None:
    app = upload(page(), one_png=portrait, text_jpg=b"just words", cut_jpg=b"\xff\xd8\xff", none_png=GREY)
    assert "4 pictures · 1 face · 2 could not be read" in texts(app)
    assert app.error[0].value == "text.jpg can't be used: it is a text, not a picture."
    assert len(app.error) == 2
    assert [info.value for info in app.info] == ["No face was found in this picture."]


def test_many_pictures_are_a_table_of_which_one_is_looked_at(page: Callable[..., AppTest], portrait: bytes) -> None:
    app = page()
    for number in range(4):
        app.file_uploader(key="predict.files").upload(f"face{number}.png", portrait)
    upload(app, text_jpg=b"just words", none_png=GREY)
    table: Any = app.dataframe[0].value
    assert list(table["Picture"]) == ["face0.png", "face1.png", "face2.png", "face3.png", "text.jpg", "none.png"]
    assert table["Face"].str.startswith("data:image/jpeg").sum() == 4
    assert table["Note"].iloc[4] == "text.jpg can't be used: it is a text, not a picture."
    assert table["Note"].iloc[5] == "No face was found."
    assert not app.error
    assert texts(app).count("Face 1") == 1
    assert "**face0.png** · 1 face" in texts(app)


def test_where_no_face_was_found_the_whole_picture_can_be_used(page: Callable[..., AppTest]) -> None:
    app = upload(page(), none_png=GREY)
    app.button(key="predict.upload.0.whole").click()
    ran(app)
    assert "A model answers about whatever it is shown." in texts(app)
    assert "1 picture · 1 face" in texts(app)
    assert "No face was found" not in texts(app)
    # A flat picture isn't sharp and has no colour, which is said.
    assert "The face is blurred. The face has no colour." in texts(app)
    app.button(key="predict.upload.0.forget").click()
    ran(app)
    assert "No face was found" in texts(app)


def test_a_square_by_hand(page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the browser had said so at once; there the square is placed by mouse, touch or keys.
    def place_square(jpeg: bytes, *, key: str, on_use: Callable[[PlacedSquare], None]) -> None:
        st.button("Use this square", key=key, on_click=on_use, args=(PlacedSquare(1.2, 0.25, 0.4),))

    monkeypatch.setattr(picture_view, "place_square", place_square)
    app = upload(page(), none_png=GREY)
    app.button(key="predict.upload.0.place").click()
    ran(app)
    app.button(key="predict.hand.square").click()
    ran(app)
    ran(app)
    assert "1 picture · 1 face" in texts(app)
    face = app.session_state["predict.by_hand"].popitem()[1][0]
    assert face.box == pytest.approx((160 - 48, 30, 48, 48))


def test_ethnicity_of_a_snapshot_is_told_only_to_those_who_ask(page: Callable[..., AppTest], portrait: bytes) -> None:
    app = page(way="Snapshot")
    assert app.toggle(key="predict.sensitive").value is False
    photo = io.BytesIO()
    Image.open(io.BytesIO(portrait)).convert("RGB").save(photo, "JPEG")
    app.camera_input[0].upload("photo.jpg", photo.getvalue())
    ran(app)
    assert "1 picture · 1 face" in texts(app)
    assert "Gender" in texts(app)
    assert "> Ethnicity<" not in texts(app)
    app.toggle(key="predict.sensitive").set_value(True)
    ran(app)
    assert "> Ethnicity<" in texts(app)
    app.button(key="predict.retake").click()
    ran(app)
    assert "1 picture" not in texts(app)
    assert app.camera_input


@pytest.mark.parametrize("way", ["Live", "Compare models"])
def test_the_other_ways_open_by_their_address(page: Callable[..., AppTest], way: str) -> None:
    app = page(way=way)
    assert app.segmented_control(key="way").value == way


def test_a_run_in_the_address_answers(page: Callable[..., AppTest], own_folders: Path, portrait: bytes) -> None:
    folder = own_folders / "runs" / "mine"
    folder.mkdir(parents=True)
    write_model(folder / "model.safetensors", tiny_config("l1", ("age",)), 3)
    app = upload(page(model="mine"), one_png=portrait)
    assert app.selectbox(key="predict.model").value == "mine"
    assert "no interval" in texts(app)
    assert "Gender" not in texts(app)
    app.selectbox(key="predict.model").select("utkface")
    ran(app)
    assert "model" not in app.query_params
    assert "Gender" in texts(app)


def test_an_unknown_model_in_the_address_is_said(page: Callable[..., AppTest]) -> None:
    app = page(model="../../secret")
    assert "There is no model '../../secret'" in app.error[0].value
    assert "model" not in app.query_params


def test_a_model_that_cannot_be_used_is_said(page: Callable[..., AppTest], own_folders: Path, portrait: bytes) -> None:
    folder = own_folders / "runs" / "broken"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"\x80\x04pickle")
    app = upload(page(model="broken"), one_png=portrait)
    assert len(app.error) == 1
    assert "model.safetensors" in app.error[0].value


def test_yunet_that_does_not_come_is_said_in_one_sentence(
    page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> Path:
        raise MtlDemoError("YuNet could not be downloaded.")

    monkeypatch.setattr(detectors, "download_yunet", refuse)
    app = page()
    assert app.segmented_control(key="detector").options == ["Automatic", "Built-in"]
    app.button(key="predict.yunet").click()
    ran(app)
    assert [error.value for error in app.error] == ["YuNet could not be downloaded."]


def test_marked_pictures_are_whole_and_of_different_names(portrait: bytes) -> None:
    answer = PictureAnswer("a.png", (FaceAnswer(Face(60, 40, 100, 100), {"m": {}}),), (270, 260))
    packed = results.annotated_zip([(InputPicture("a.png", portrait), answer)] * 2)
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert archive.namelist() == ["01-a-faces.jpg", "02-a-faces.jpg"]
    image = Image.open(io.BytesIO(archive.read("01-a-faces.jpg")))
    assert image.size == (270, 260)


def test_the_model_is_loaded_while_a_person_looks_for_a_picture(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from mtldemo.predict import loaded
    from mtldemo.predict.models import ModelChoice

    loaded._cached.clear()
    chosen = model_picker.PickedModel(ModelChoice("utkface", "it", shipped), "auto")
    monkeypatch.setattr(model_picker, "_warmed", set())
    model_picker.warm_up(chosen)
    model_picker.warm_up(chosen)
    found = [thread for thread in threading.enumerate() if thread.name == "predict-warm-up"]
    assert len(found) <= 1
    for thread in found:
        thread.join()
    assert len(loaded._cached) == 1


def test_a_model_of_drawings_warns_of_photographs_and_leads_to_what_is_true(
    page: Callable[..., AppTest], portrait: bytes, own_folders: Path
) -> None:
    drawn_model(own_folders / "runs")
    warning = "This model learned from drawn portraits: what it says about a photograph means nothing."
    app = upload(page(model="demo"), face_png=portrait)
    assert [item.value for item in (*app.warning, *app.error)] == [warning, warning]  # above, and on the card itself
    app.button(key="predict.drawn").click()
    ran(app)
    assert app.error == []
    assert texts(app).count("Drawn as ") == 3
    assert app.query_params["pictures"] == "drawings"
    app.button(key="predict.shipped").click()
    ran(app)
    assert not {"pictures", "model"} & set(app.query_params)
    assert "means nothing" not in texts(app)


def test_drawn_portraits_are_at_hand_by_address_and_mean_nothing_to_a_model_of_faces(
    page: Callable[..., AppTest], own_folders: Path
) -> None:
    drawn_model(own_folders / "runs")
    app = page(model="demo", pictures="drawings")
    assert texts(app).count("Drawn as ") == 3
    assert app.error == []
    app.selectbox(key="predict.model").set_value("utkface")
    ran(app)
    assert "photographs of faces: what it says about a drawing means nothing." in app.error[0].value
