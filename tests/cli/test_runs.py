import dataclasses
import json
from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.config import RunConfig
from mtldemo.runs import RunFolder

EPOCH = {
    "kind": "epoch",
    "epoch": 4,
    "time": 75.0,
    "best": True,
    "metrics": {"age": {"mae": 6.125}, "gender": {"accuracy": 0.905}},
}


def made(runs_dir: Path) -> RunFolder:
    run = RunFolder.create(runs_dir, RunConfig(epochs=6), "mine (1)")
    run.append([{"kind": "step", "step": 1}, EPOCH])
    run.write_status(dataclasses.replace(run.stored_status(), state="stopped"))
    (runs_dir / "foreign").mkdir()
    return run


def test_an_empty_list_names_the_next_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--runs-dir", str(tmp_path / "runs")]) == 0
    assert "python -m mtldemo train" in capsys.readouterr().out
    assert main(["runs", "--json", "--runs-dir", str(tmp_path / "runs")]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_the_table_has_a_line_for_each_run_and_says_what_is_unreadable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path)
    assert main(["runs", "--runs-dir", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    line = next(line for line in text.splitlines() if "mine (1)" in line)
    for word in ("stopped", "equal", "synthetic", "4/6", "6.12", "90.5 %", "val", "1:15"):
        assert word in line
    assert "foreign: This folder has no config.json" in text


def test_the_json_has_plain_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path)
    assert main(["runs", "--runs-dir", str(tmp_path), "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    mine = rows["mine (1)"]
    assert mine["metrics"] == {"age": {"mae": 6.125}, "gender": {"accuracy": 0.905}}
    assert (mine["split"], mine["seconds"], mine["epoch"], mine["state"]) == ("val", 75.0, 4, "stopped")
    assert rows["foreign"]["problem"]
