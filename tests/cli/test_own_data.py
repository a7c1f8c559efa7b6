"""A person's own tasks from a manifest, by the command line: told, trained, gone on with, and refused in words."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtldemo.cli import main
from mtldemo.model.files import load_facts
from mtldemo.predict.domain import domain_of_run
from mtldemo.runs import RunFolder, Status

SMALL = ("--image-size", "32", "--epochs", "1", "--batch-size", "8", "--gradients-every", "0")


def lay(folder: Path, rows: int = 40) -> Path:
    """Pictures of one colour, with a temperature (below zero, too; every third is missing), a kind and a split."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    lines = ["file,temperature,kind,split"]
    for number in range(rows):
        pixels = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{number}.png")
        temperature = "" if number % 3 == 0 else f"{-30 + 1.25 * number}"
        split = "test" if number % 5 == 0 else "val" if number % 5 == 1 else "train"
        lines.append(f"images/{number}.png,{temperature},{('rose', 'daisy', 'tulip')[number % 3]},{split}")
    (folder / "labels.csv").write_text("\n".join(lines))
    return folder


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    return lay(tmp_path / "weather")


def test_the_report_tells_tasks_splits_and_missing_labels(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", str(data), "--image-size", "32", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["pictures"] == 40
    assert told["splits"] == {"train": 24, "val": 8, "test": 8}
    assert set(told["labels"]) == {"temperature", "kind"}
    assert sum(row["train"] + row["val"] + row["test"] for row in told["labels"]["temperature"]) == 26
    assert "data set's own" in told["notice"]


def test_a_run_learns_all_tasks_and_goes_on(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--runs-dir", str(tmp_path / "runs"), "--json"]
    assert main(["train", "--data", str(data), "--run", "own", *SMALL, *where]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["metrics"]) == {"temperature", "kind"}
    assert np.isfinite(told["metrics"]["temperature"]["mae"])
    config = RunFolder.open(tmp_path / "runs", "own").config()
    assert config.tasks == ("temperature", "kind")
    assert config.task_set.named("kind").classes == ("daisy", "rose", "tulip")
    assert config.task_set.named("temperature").low < 0
    assert main(["train", "--resume", "own", *where]) == 0


def test_what_a_column_means_can_be_chosen(data: Path, tmp_path: Path) -> None:
    words = ["--column", "kind.classes=tulip,rose,daisy", "--column", "temperature.unit=°C", "--tasks", "kind"]
    words += ["--column", "kind.names=rose:Rosa,daisy:Bellis"]
    where = ["--runs-dir", str(tmp_path / "runs"), "--run", "own", "--json"]
    assert main(["train", "--data", str(data), *words, *SMALL, *where]) == 0
    config = RunFolder.open(tmp_path / "runs", "own").config()
    assert config.tasks == ("kind",)
    assert config.task_set.named("kind").classes == ("tulip", "Rosa", "Bellis")
    assert config.task_set.named("temperature").unit == "°C"


@pytest.mark.parametrize("way", ["", "option", "tasks.toml"])
def test_what_a_model_is_asked_about_can_be_chosen(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    words = ["--pictures", "faces"] if way == "option" else []
    if way == "tasks.toml":
        (data / "tasks.toml").write_text('[data]\npictures = "faces"\n')
    where = ["--runs-dir", str(tmp_path / "runs"), "--run", "own", "--json"]
    assert main(["train", "--data", str(data), *words, *SMALL, *where]) == 0
    made, takes = RunFolder.open(tmp_path / "runs", "own"), "faces" if way else "whole"
    assert load_facts(made.model_file)["pictures"] == takes
    assert domain_of_run(made.config(), made.model_file).takes == takes
    capsys.readouterr()
    assert main(["data", str(data), "--image-size", "32", "--json", *words]) == 0
    assert json.loads(capsys.readouterr().out)["takes"] == takes


@pytest.mark.parametrize("words", [["--pictures", "cats"], ["--data", "shapes", "--pictures", "faces"]])
def test_what_a_model_cannot_be_asked_about(data: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(["train", "--data", str(data), *SMALL, *words]) == 2
    assert "faces or whole" in (error := capsys.readouterr().err) or "settled" in error


def test_a_run_whose_classes_have_changed_does_not_go_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--runs-dir", str(tmp_path / "runs"), "--json"]
    assert main(["train", "--data", str(data), "--run", "own", *SMALL, *where]) == 0
    made = RunFolder.open(tmp_path / "runs", "own")
    made.write_status(Status(state="stopped"))
    (data / "labels.csv").write_text((data / "labels.csv").read_text().replace("tulip", "poppy"))
    assert main(["train", "--resume", "own", *where]) == 2
    assert "task kind isn't what it was" in capsys.readouterr().err
    # Nor is its model measured and calibrated by labels that mean something else.
    assert main(["model", "own", "--runs-dir", str(tmp_path / "runs")]) == 2
    assert "The labels of Kind in weather aren't what own learned" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tasks", "age"], "There is no task 'age'; choose from temperature, kind"),
        (["--task-kind", "kind"], "--task-kind: expected NAME=VALUE"),
        (["--task-kind", "kind=words"], "choose from regression, binary, classes"),
        (["--column", "kind=words"], "COLUMN.WHAT=VALUE"),
        (["--column", "kind.colour=red"], "there is no 'colour'"),
        (["--column", "temperature.low=cold"], "low must be a number"),
        (["--manifest", "folds=a"], "there is no 'folds'"),
        (["--loss", "kind=l1"], "has no loss 'l1'"),
    ],
)
def test_mistakes_are_one_sentence(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["train", "--data", str(data), "--runs-dir", str(tmp_path / "runs"), *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()
