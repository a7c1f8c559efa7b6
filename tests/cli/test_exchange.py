import json
import zipfile
from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.runs import RunFolder
from mtldemo.study import Arm, StudyConfig, create_study

STEP = {"kind": "step", "step": 1, "epoch": 1, "time": 0.5, "losses": {"age": 2.0}, "weights": {"age": 1.0}}


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    runs_dir = tmp_path / "runs"
    RunFolder.create(runs_dir, RunConfig(), "mine").append([STEP])
    study = create_study(runs_dir, StudyConfig(RunConfig(), (Arm("equal", WeightingConfig("equal")),)), "many")
    for seed in (0, 1):
        study.run_for(study.config(), study.config().arms[0], seed).append([STEP])
    return runs_dir


def said(capsys: pytest.CaptureFixture[str]) -> str:
    told = capsys.readouterr()
    return told.out + told.err


def test_a_run_and_a_study_come_in(tmp_path: Path, runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = str(tmp_path / "new")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in runs_dir.rglob("*.json*"):
            archive.write(file, file.relative_to(runs_dir))
    assert main(["runs", "import", str(tmp_path / "all.zip"), "--runs-dir", target]) == 0
    out = said(capsys)
    assert "Imported the study many with 2 runs." in out
    assert "Imported the run mine." in out
    assert main(["runs", "--runs-dir", target, "import", str(runs_dir / "mine"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["runs"], told["studies"]) == (["mine-2"], [])
    assert told["remarks"]
    assert main(["runs", "--runs-dir", target, "--json"]) == 0
    assert sorted(row["name"] for row in json.loads(capsys.readouterr().out)) == ["mine", "mine-2"]


@pytest.mark.parametrize(
    ("names", "titles"),
    [(["mine"], {"mine"}), (["many"], {"equal-s0", "equal-s1"}), (["many/equal-s1", "mine"], {"equal-s1", "mine"})],
)
def test_runs_of_all_kinds_go_out(
    tmp_path: Path, runs_dir: Path, capsys: pytest.CaptureFixture[str], names: list[str], titles: set[str]
) -> None:
    options = ["--to", str(tmp_path / "out"), "--runs-dir", str(runs_dir)]
    assert main(["runs", "export", *names, *options]) == 0
    assert "tensorboard --logdir" in said(capsys)
    assert {path.name for path in (tmp_path / "out").iterdir()} == titles
    assert main(["runs", "export", *names, *options, "--format", "csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["runs"] == len(titles)
    columns = (tmp_path / "out" / "history.csv").read_text().splitlines()[0].split(",")
    assert {name.split(" - ")[0] for name in columns[1:]} == titles


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import", "nowhere"], "There is no nowhere"),
        (["import"], "required: PATH"),
        (["export", "other", "--to", "x"], "There is no run 'other'"),
        (["export", "other/run", "--to", "x"], "There is no study 'other'"),
        (["export", "many/other", "--to", "x"], "There is no run 'other'"),
        (["export", "../up", "--to", "x"], "can't begin with a dot"),
        (["export", "mine"], "required: --to"),
        (["export", "mine", "--to", "x", "--format", "xls"], "invalid choice: 'xls'"),
        (["sell"], "invalid choice: 'sell'"),
    ],
)
def test_mistakes_are_one_line(
    runs_dir: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(runs_dir.parent)
    assert main(["runs", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
