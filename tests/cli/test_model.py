"""A run's model as a file for others."""

import json
from pathlib import Path

import onnx
import pytest

from mtldemo.cli import main
from mtldemo.predict.predictor import Predictor
from tests.predict.tiny import tiny_config, write_model


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    write_model(tmp_path / "runs" / "mine" / "model.safetensors", tiny_config())
    return tmp_path / "runs"


def test_a_run_is_exported_into_a_new_folder(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new" / "folder" / "x.safetensors"
    assert main(["model", "mine", "--export", "safetensors", "--to", str(target), "--runs-dir", str(runs)]) == 0
    assert "gives the model's answers" in capsys.readouterr().out
    assert Predictor.load(target).name == "mine"
    # The ending is the format's where none is given.
    onward = tmp_path / "new" / "mine"
    assert main(["model", "mine", "--export", "onnx", "--to", str(onward), "--runs-dir", str(runs), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["written"] == [f"{onward}.onnx"]
    assert told["bytes"] == onward.with_suffix(".onnx").stat().st_size
    assert [output.name for output in onnx.load(told["written"][0]).graph.output] == ["age", "gender", "ethnicity"]


def test_without_a_target_the_file_has_the_runs_name(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["model", "mine", "--export", "torch", "--runs-dir", str(runs)]) == 0
    assert (tmp_path / "mine.pt2").stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "{runs}/mine/model.safetensors"], "is the run's own model"),
        (["--to", "{runs}"], "is a folder; name a file"),
        (["--to", "{runs}/mine/model.safetensors/x.onnx"], "can't be made"),
        (["--to", "x.onnx", "--views", "2"], "are for calibrating"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], words: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [item.format(runs=runs) for item in arguments]
    assert main(["model", "mine", "--export", "safetensors", *given, "--runs-dir", str(runs)]) == 2
    told = capsys.readouterr().err.strip()
    assert words in told
    assert "\n" not in told
