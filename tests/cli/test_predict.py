import csv
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mtldemo.cli import main
from mtldemo.predict.answers import PictureAnswer
from mtldemo.predict.pipeline import Pipeline
from tests.predict.tiny import tiny_config, write_model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs with tiny models, ``first`` and ``second``."""
    runs = tmp_path_factory.mktemp("runs")
    for seed, name in enumerate(("first", "second")):
        (runs / name).mkdir()
        write_model(runs / name / "model.safetensors", tiny_config(), seed)
    return runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures at two depths, one of them broken, and a file that is none."""
    generator = np.random.default_rng(0)
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("a.png", "deep/b.jpg"):
        Image.fromarray(generator.integers(0, 256, (60, 50, 3), dtype=np.uint8)).save(tmp_path / "in" / name)
    (tmp_path / "in" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    return tmp_path / "in"


def predicted(models: Path, *arguments: str) -> int:
    return main(["predict", "--model", "first", *arguments, "--runs-dir", str(models), "--whole-image"])


def test_a_folder_is_done_though_one_file_is_broken(
    models: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predicted(models, str(folder), "--json") == 2
    told = capsys.readouterr()
    rows = {Path(row["image"]).name: row for row in json.loads(told.out)}
    assert list(rows) == ["a.png", "broken.jpg", "b.jpg"]
    assert rows["broken.jpg"]["faces"] == []
    assert "broken.jpg can't be used" in rows["broken.jpg"]["error"]
    assert told.err.count("\n") == 1
    assert "1 of 3 pictures can't be used; the others are done." in told.err
    face = rows["b.jpg"]["faces"][0]
    assert face["box"] == [0, 0, 50, 60]
    assert 0 <= face["age"] <= 116
    assert face["age_interval"] is None
    assert set(face["gender"]["p"]) == {"male", "female"}
    assert face["ethnicity"]["label"] in face["ethnicity"]["p"]
    assert "error" not in rows["b.jpg"]


def test_csv_has_a_row_for_each_face_and_model(models: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert predicted(models, str(folder / "a.png"), "--csv", "--model", "second") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["model"] for row in rows] == ["first", "second"]
    assert rows[0]["gender_p_male"] != rows[1]["gender_p_male"]
    assert rows[0]["w"] == "50"
    assert rows[0]["error"] == ""


def test_several_models_are_side_by_side_in_json(
    models: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predicted(models, str(folder / "a.png"), "--json", "--model", "second") == 0
    face = json.loads(capsys.readouterr().out)[0]["faces"][0]
    assert list(face["models"]) == ["first", "second"]
    assert face["models"]["first"]["age"] == face["age"]


def test_the_table_and_the_notice(models: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert predicted(models, str(folder / "a.png")) == 0
    text = capsys.readouterr().out
    for word in ("a.png", "Age", "Gender", "not identity"):
        assert word in text


def test_the_table_says_in_short_what_is_wrong(models: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["predict", str(folder), "--runs-dir", str(models), "--model", "first", "--detector", "haar"]
    assert main(arguments) == 2
    text = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "can't be used:" in text
    assert "broken.jpg can't" not in text
    assert "No face was found in 2 of 3 pictures; --whole-image takes a whole picture as a face." in text


def test_standard_input(
    models: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Input:
        buffer = io.BytesIO((folder / "a.png").read_bytes())

    monkeypatch.setattr(sys, "stdin", Input)
    assert predicted(models, "-", "--json") == 0
    piped = json.loads(capsys.readouterr().out)[0]
    assert predicted(models, str(folder / "a.png"), "--json") == 0
    named = json.loads(capsys.readouterr().out)[0]
    assert piped["image"] == "-"
    assert piped["faces"] == named["faces"]


def test_without_a_face_the_way_out_is_said(models: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["predict", str(folder / "a.png"), "--runs-dir", str(models), "--model", "first", "--detector", "haar"]
    assert main([*arguments, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)[0]
    assert row["faces"] == []
    assert "--whole-image" in row["notes"][0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone.jpg", "--model", "third"], "There is no model 'third'.*Runs with a model are first, second"),
        (["gone.jpg"], "gone.jpg can't be used: the file can't be opened"),
        (["{empty}"], "holds no pictures"),
        (["gone.jpg", "--detector", "eyes"], "no detector 'eyes'; choose auto, haar, yunet"),
        (["gone.jpg", "--json", "--csv"], "not allowed with"),
        (["gone.jpg", "--threads", "-1"], "--threads is a number from 0 to 256, found -1"),
        (["gone.jpg", "--model", "a" * 300], "There is no model 'aaa"),
        (["gone.jpg", "--detector", "a" * 300], "no detector 'aaa"),
        (["gone.jpg", "lost.jpg"], "2 of 2 pictures can't be used; nothing was predicted. gone.jpg can't be used:"),
    ],
)
def test_mistakes_are_said_in_one_line(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    (tmp_path / "empty").mkdir()
    given = [text.format(empty=tmp_path / "empty") for text in arguments]
    model = [] if "--model" in given else ["--model", "first"]
    assert main(["predict", *given, *model, "--runs-dir", str(models)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert re.search(words, told)


def test_models_of_one_name_are_told_apart_by_what_was_asked(
    models: Path, folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(models / "first", tmp_path / "other" / "first")
    other = str(tmp_path / "other" / "first")
    assert predicted(models, str(folder / "a.png"), "--json", "--model", other, "--model", "second") == 0
    assert list(json.loads(capsys.readouterr().out)[0]["faces"][0]["models"]) == ["first", other, "second"]


@pytest.mark.skipif(os.name == "nt", reason="a link needs the right to make one there")
def test_folders_that_may_not_be_read_are_said(
    models: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, scan = [folder / "deep"], os.scandir

    def scandir(path: Any) -> Any:
        if Path(path) in closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in closed)
    (folder / "nowhere.png").symlink_to(folder / "gone.png")
    assert predicted(models, str(folder), "--json") == 2
    told = capsys.readouterr()
    errors = {Path(row["image"]).name: row.get("error", "") for row in json.loads(told.out)}
    assert list(errors) == ["a.png", "broken.jpg", "deep", "nowhere.png"]
    assert "deep can't be used: it is a folder that may not be read." in errors["deep"]
    assert "nowhere.png can't be used: the file can't be opened" in errors["nowhere.png"]
    closed.append(folder)
    assert predicted(models, str(folder)) == 2
    assert f"The folder {folder} may not be read" in capsys.readouterr().err


def test_ctrl_c_shows_what_is_done(
    models: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Pipeline.predict_many

    def interrupted(*given: Any, **how: Any) -> Iterator[PictureAnswer]:
        yield next(plain(*given, **how))
        raise KeyboardInterrupt

    monkeypatch.setattr(Pipeline, "predict_many", interrupted)
    assert predicted(models, str(folder)) == 130
    shown = capsys.readouterr().out
    assert "a.png" in shown
    assert "b.jpg" not in shown
    assert predicted(models, str(folder), "--json") == 130
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_standard_input_that_was_closed_is_an_empty_picture(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert predicted(models, "-", "--csv") == 2
    assert "- can't be used: the file is empty." in capsys.readouterr().err


def test_a_device_that_is_not_there_is_refused_before_any_work(
    models: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert predicted(models, str(folder / "a.png"), "--device", "cpu", "--json") == 0
    capsys.readouterr()
    assert predicted(models, str(folder), "--device", "cuda") == 2
    told = capsys.readouterr()
    assert "device: 'cuda' isn't available here" in told.err
    assert not told.out
