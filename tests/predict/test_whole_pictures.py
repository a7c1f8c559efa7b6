"""Models of data sets that aren't faces: pictures are taken whole, by every way in."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from mtldemo.cli import main
from mtldemo.config import DataConfig
from mtldemo.json_text import loads
from mtldemo.model.files import load_facts
from mtldemo.predict import card, detectors, exporting
from mtldemo.predict.answers import ClassAnswer, RegressionAnswer, incomparable_tasks
from mtldemo.predict.cam import maps
from mtldemo.predict.detect import Face
from mtldemo.predict.domain import DRAWINGS, PHOTOGRAPHS, WHOLE_PICTURES, domain_of_model
from mtldemo.predict.live import Live
from mtldemo.predict.measure import Measured
from mtldemo.predict.models import notice
from mtldemo.predict.notes import NO_FACE
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor
from mtldemo.predict.release import model_metadata
from mtldemo.tasks import BINARY, UTKFACE, Task, TaskSet
from tests.predict.any_tasks import OPEN, PRICE, TASK_SETS, TYPE, config_of, make_model, png
from tests.predict.tiny import tiny_config

GREY = np.full((120, 160, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs: a tiny model of each task set, named by its number of tasks."""
    folder = tmp_path_factory.mktemp("runs")
    for number, tasks in TASK_SETS.items():
        make_model(folder, tasks, f"of-{number}")
    return folder


def predictor_of(runs: Path, number: int) -> Predictor:
    return Predictor.load(runs / f"of-{number}" / "model.safetensors")


def test_what_a_model_takes_comes_from_its_tasks_or_its_file() -> None:
    assert domain_of_model(tiny_config()) == PHOTOGRAPHS
    assert domain_of_model(tiny_config(tasks=("age",), source=DataConfig.source)) == DRAWINGS
    assert domain_of_model(config_of(TaskSet([UTKFACE.named("gender")]))) == PHOTOGRAPHS
    assert domain_of_model(config_of(TaskSet([PRICE]))) == WHOLE_PICTURES
    same_name = Task(name="gender", title="Gender", kind=BINARY, classes=("hen", "cock"))
    assert domain_of_model(config_of(TaskSet([same_name]))) == WHOLE_PICTURES
    assert domain_of_model(config_of(TaskSet([OPEN])), {"pictures": "faces"}) == PHOTOGRAPHS
    assert domain_of_model(tiny_config(), {"pictures": "whole"}) == WHOLE_PICTURES


def test_a_persons_pictures_are_not_what_a_model_of_wholes_was_warned_of() -> None:
    assert WHOLE_PICTURES.warning(PHOTOGRAPHS) == ""
    assert "drawing" in WHOLE_PICTURES.warning(DRAWINGS)
    assert "decisions about people" not in notice([WHOLE_PICTURES])


@pytest.mark.parametrize("number", TASK_SETS)
def test_the_whole_picture_is_asked_about_without_a_detector(runs: Path, number: int) -> None:
    class Detector:
        name = "haar"

        def find(self, pixels: np.ndarray) -> list[Face]:
            raise AssertionError("a face was looked for")

    pipeline = Pipeline([predictor_of(runs, number)], Detector())  # type: ignore[arg-type]
    answer = pipeline.predict(png(GREY), "a.png")
    (item,) = answer.to_json()["faces"]
    assert item["box"] == [0, 0, 160, 120]
    assert list(item["answers"]) == list(TASK_SETS[number].names)
    assert answer.to_json()["trained_on"] == {f"of-{number}": "pictures"}
    assert answer.items == "taken whole"
    assert answer.faces[0].doubts == "The picture has no colour."


def test_models_of_faces_and_of_wholes_are_asked_about_their_own(
    runs: Path, predictor: Predictor, portrait: np.ndarray
) -> None:
    mixed = Pipeline([predictor_of(runs, 2), predictor], detectors.haar())
    face, whole = mixed.predict(png(portrait)).faces
    assert (set(face.answers), face.whole) == ({predictor.name}, False)
    assert (set(whole.answers), whole.whole) == ({"of-2"}, True)
    alone = Pipeline([predictor_of(runs, 2)]).predict(png(portrait)).faces[0].answers["of-2"]
    assert whole.answers["of-2"] == alone
    faces = mixed.predict(png(portrait)).to_json()["faces"]
    assert [list(item["models"]) for item in faces] == [[predictor.name], ["of-2"]]
    nobody = mixed.predict(png(GREY))
    assert [item.whole for item in nobody.faces] == [True]
    assert NO_FACE in nobody.notes


def test_a_camera_is_asked_about_whole_frames(runs: Path) -> None:
    live = Live(Pipeline([predictor_of(runs, 2)], None))
    first, second = (live.frame(GREY, now) for now in (0.0, 0.1))
    assert first.numbers == second.numbers
    assert first.answer.to_json()["faces"][0]["box"] == [0, 0, 160, 120]


def test_one_number_in_its_unit(runs: Path) -> None:
    (answer,) = Pipeline([predictor_of(runs, 1)]).predict(png(GREY)).faces
    price = answer.answers["of-1"]["price"]
    assert isinstance(price, RegressionAnswer)
    assert 0 <= price.value <= 3000
    assert price.amount.endswith(" EUR")


def test_the_files_say_what_is_taken(runs: Path) -> None:
    predictor = predictor_of(runs, 1)
    described = exporting.export_metadata(predictor)
    assert described["pictures"] == "whole"
    assert "middle square" in described["input"]
    assert "face" not in described["input"] + described["notice"]
    assert loads(described["outputs"])["price"] == "price in EUR: float32 [N]"
    assert model_metadata(predictor, Measured("test", 0, {}, (), {}))["pictures"] == "whole"
    assert load_facts(runs / "of-1" / "model.safetensors")["run"] == "of-1"


def test_limits_are_those_of_what_it_is() -> None:
    of_pictures = " ".join(card.model_limitations(WHOLE_PICTURES, (PRICE, TYPE)))
    assert "face" not in of_pictures
    assert "interval" in of_pictures
    assert "interval" not in " ".join(card.model_limitations(WHOLE_PICTURES, (TYPE,)))


def test_where_it_looks_has_a_map_for_each_task(runs: Path) -> None:
    predictor = predictor_of(runs, 2)
    crop = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    assert set(maps(predictor, crop, predictor.ask(crop[None])[0])) == {"type", "colour"}


def test_one_name_for_two_questions_is_said() -> None:
    other = Task(name="type", title="Type", kind=BINARY, classes=("bird", "plant"))
    (sentence,) = incomparable_tasks({"flowers": (TYPE,), "again": (TYPE,), "birds": (other, PRICE)})
    assert "flowers" in sentence
    assert "birds" in sentence
    assert "again" not in sentence
    assert incomparable_tasks({"flowers": (TYPE,), "again": (TYPE,)}) == []


@pytest.mark.parametrize("number", TASK_SETS)
def test_the_command_line_writes_json_csv_and_a_table(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(png(GREY))
    command = ["predict", str(picture), "--model", f"of-{number}", "--runs-dir", str(runs), "--device", "cpu"]
    assert main([*command, "--json"]) == 0
    (item,) = json.loads(capsys.readouterr().out)
    assert list(item["faces"][0]["answers"]) == list(TASK_SETS[number].names)
    assert main([*command, "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    answers = Pipeline([predictor_of(runs, number)]).predict(picture).faces[0].answers[f"of-{number}"]
    for name, answer in answers.items():
        assert row[name] == (answer.label if isinstance(answer, ClassAnswer) else str(round(answer.value, 2)))
    assert main(command) == 0
    words = capsys.readouterr().out
    for task in TASK_SETS[number]:
        assert task.title in words
    assert "face" not in words.lower()


def test_a_detector_that_is_not_used_is_said(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.png").write_bytes(png(GREY))
    command = ["predict", str(tmp_path / "a.png"), "--model", "of-1", "--runs-dir", str(runs), "--detector", "haar"]
    assert main([*command, "--json"]) == 0
    assert "--detector isn't used" in capsys.readouterr().err
