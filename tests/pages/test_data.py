"""Data: pick or add a source, prepare it, look at what is in it."""

import io
import os
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from mtldemo import data
from mtldemo.config import DataConfig
from mtldemo.preparation import PreparationJob, work
from mtldemo.ui.data_view import opened_dataset


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """The Data page with a tiny built-in set chosen, not prepared."""
    app.run()
    app.switch_page("pages/data.py").run()
    app.number_input(key="data_form.data.synthetic.images").set_value(60)
    app.number_input(key="data_form.data.image_size").set_value(16)
    return app.run()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepare in this process and wait for it."""
    monkeypatch.setattr(PreparationJob, "start", lambda job: work(job.config, job.file))


def faces(folder: Path) -> Path:
    """A folder of pictures with two identical ones whose labels disagree, and one name that can't be read."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(24):
        pixels = random.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{20 + number}_{number % 2}_{number % 5}_201701{number:02d}.jpg")
    twin = next(folder.glob("20_*"))
    (folder / "50_1_0_20170199.jpg").write_bytes(twin.read_bytes())
    (folder / "nobody.jpg").write_bytes(twin.read_bytes())
    return folder


def test_an_unprepared_set_names_the_next_action(page: AppTest) -> None:
    assert not page.exception
    assert page.button(key="data.prepare").label == "Prepare"
    assert any("not prepared at 16 px" in item.value for item in page.markdown)


@pytest.mark.usefixtures("here")
def test_prepared_faces_are_shown_and_filtered(page: AppTest) -> None:
    page.button(key="data.prepare").click().run()
    assert not page.exception
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Pictures"] == "60"
    assert sum(int(metrics[split]) for split in ("Training", "Validation", "Test")) == 60
    assert any("say nothing about people" in info.value for info in page.info)
    assert len(page.get("image")) == 24
    page.button_group(key="sample.gender.2.0.1").select("female").run()
    captions = [image.proto.imgs[0].caption for image in page.get("image")]
    assert captions
    assert all("female" in caption for caption in captions)
    before = captions
    page.button(key="sample.other").click().run()
    assert [image.proto.imgs[0].caption for image in page.get("image")] != before


@pytest.mark.usefixtures("here")
def test_labels_rejects_and_look_alikes(page: AppTest, tmp_path: Path) -> None:
    page.text_input(key="data.path").input(str(faces(tmp_path / "faces"))).run()
    page.button(key="data.add").click().run()
    assert not page.exception
    assert str(page.selectbox(key="data_form.data.source").value).endswith("faces")
    page.button(key="data.prepare").click().run()
    metrics = {metric.label: metric.value for metric in page.metric}
    assert (metrics["Pictures"], metrics["Rejected files"], metrics["Look-alike groups"]) == ("25", "1", "1")
    page.session_state["data.tabs"] = "Rejected files"
    page.run()
    assert not page.exception
    assert "nobody.jpg" in " ".join(page.dataframe[-1].value["file"])
    page.session_state["data.tabs"] = "Look-alikes"
    page.run()
    assert not page.exception
    assert any("2 identical pictures" in item.value for item in page.markdown)
    assert any("30 years apart" in item.value for item in page.caption)
    page.session_state["data.tabs"] = "Labels"
    page.run()
    assert not page.exception
    titles = {item.value for item in page.markdown}
    assert {"**Age**", "**Gender**", "**Ethnicity**"} <= titles


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as writer:
        for name, content in files.items():
            writer.writestr(name, content)
    return packed.getvalue()


@pytest.mark.usefixtures("here")
def test_an_uploaded_archive_is_chosen_and_can_be_prepared(page: AppTest, tmp_path: Path) -> None:
    pictures = {path.name: path.read_bytes() for path in faces(tmp_path / "faces").iterdir()}
    page.file_uploader(key="data.upload").set_value(("mine.zip", archive(pictures), "application/zip")).run()
    assert not page.exception
    assert not page.error
    kept = page.selectbox(key="data_form.data.source").value
    assert kept == str((data.cache_dir() / "uploads" / "mine.zip").resolve())
    page.button(key="data.prepare").click().run()
    assert not page.exception
    assert {metric.label: metric.value for metric in page.metric}["Pictures"] == "25"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not packed at all", "bad.zip is neither a folder nor a .zip"),
        (archive({"read me.txt": b"hello"}), "bad.zip holds no pictures"),
        (archive({"1_0_0_1.jpg": b"-"})[:-9], "The archive bad.zip is damaged"),
    ],
    ids=["no archive", "no pictures", "cut off"],
)
def test_a_bad_upload_is_said_and_not_kept(page: AppTest, content: bytes, words: str) -> None:
    page.file_uploader(key="data.upload").set_value(("bad.zip", content, "application/zip")).run()
    assert not page.exception
    assert [error.value.startswith(words) for error in page.error] == [True]
    assert page.selectbox(key="data_form.data.source").value == "synthetic"
    assert not list((data.cache_dir() / "uploads").iterdir())


def test_a_source_that_is_not_there_is_said_in_words(page: AppTest, tmp_path: Path) -> None:
    page.text_input(key="data.path").input(str(tmp_path / "nowhere")).run()
    page.button(key="data.add").click().run()
    assert not page.exception
    assert any("There is no data set at" in error.value for error in page.error)


def test_a_failed_preparation_is_said_and_can_be_repeated(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(job: PreparationJob) -> None:
        job.file.parent.mkdir(parents=True, exist_ok=True)
        job.file.write_text('{"state": "failed", "message": "The disk is full."}')

    monkeypatch.setattr(PreparationJob, "start", start)
    page.button(key="data.prepare").click().run()
    assert [error.value for error in page.error] == ["The disk is full."]
    assert page.button(key="data.prepare")


def test_progress_is_shown_and_can_be_stopped(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(job: PreparationJob) -> None:
        job.file.parent.mkdir(parents=True, exist_ok=True)
        told = '{"state": "working", "what": "reading", "done": 50, "total": 100, "step_started": 0, "updated": 9e9}'
        job.file.write_text(told)

    monkeypatch.setattr(PreparationJob, "start", start)
    page.button(key="data.prepare").click().run()
    assert not page.exception
    assert page.progress[0].value == 50
    assert "50 of 100" in page.progress[0].text
    page.button(key="data.stop").click().run()
    assert any("Stopped" in caption.value for caption in page.caption)
    assert page.button(key="data.prepare")


def test_known_sources_start_with_the_built_in_set(page: AppTest) -> None:
    assert page.selectbox(key="data_form.data.source").value == data.known_sources()[0] == "synthetic"


@pytest.mark.usefixtures("here")
def test_copies_count_once(page: AppTest, tmp_path: Path) -> None:
    folder = tmp_path / "kaggle"
    folder.mkdir()
    shutil.copytree(faces(folder / "one"), folder / "two")
    page.text_input(key="data.path").input(str(folder)).run()
    page.button(key="data.add").click().run()
    page.button(key="data.prepare").click().run()
    assert not page.exception
    metrics = {metric.label: metric.value for metric in page.metric}
    assert (metrics["Pictures"], metrics["Look-alike groups"]) == ("25", "1")
    assert any("25 of 50 pictures are copies of others" in info.value for info in page.info)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their file systems hold names of letters only")
@pytest.mark.usefixtures("own_folders")
def test_a_folder_whose_name_is_not_utf_8_is_opened(tmp_path: Path) -> None:
    folder = faces(tmp_path / os.fsdecode(b"mus\xe9e"))
    assert len(opened_dataset(DataConfig(source=str(folder), image_size=16), 0.0)) == 25
