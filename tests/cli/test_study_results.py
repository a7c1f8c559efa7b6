import dataclasses
from pathlib import Path

import pytest

from mtldemo.cli import study_results
from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.study import Arm, StudyConfig, StudyFolder, create_study
from mtldemo.study.config import single_arms

BASE = RunConfig()
ARMS = (Arm("equal", WeightingConfig("equal")), Arm("mine", WeightingConfig("dwa")), single_arms(BASE)[0])
MAE = {"equal": [8.0, 8.2, 8.1], "mine": [7.0, 7.25, 7.1], "single-age": [7.5]}


@pytest.fixture
def study(own_folders: Path) -> StudyFolder:
    """Two arms with three seeds, and a single-task arm with one."""
    config = StudyConfig(BASE, ARMS, (0, 1, 2))
    study = create_study(own_folders / "runs", config, "mine")
    for arm in ARMS:
        for seed, mae in enumerate(MAE[arm.name]):
            run = study.run_for(config, arm, seed)
            metrics = {"age": {"mae": mae, "cs5": 0.5}}
            if not arm.tasks:
                metrics |= {task: {"accuracy": 0.9} for task in ("gender", "ethnicity")}
            run.append([{"kind": "test", "step": 9, "epoch": 10, "time": 9.0, "metrics": metrics, "best_epoch": 9}])
            run.write_status(dataclasses.replace(run.stored_status(), state="finished"))
    study.run_for(config, ARMS[2], 1)
    return study


def test_as_json(study: StudyFolder) -> None:
    told = study_results.study_json(study, dataclasses.replace(study.status(), state="stopped", finished=7))
    age = told["arms"]["mine"]["age"]["mae"]
    assert (age["seeds"], age["mean"]) == (3, pytest.approx(7.1167, abs=1e-4))
    assert age["low"] < age["mean"] < age["high"]
    assert told["arms"]["single-age"] == {
        "age": {
            "mae": {"seeds": 1, "mean": 7.5, "low": None, "high": None},
            "cs5": {"seeds": 1, "mean": 0.5, "low": None, "high": None},
        }
    }
    assert (told["state"], told["runs"]["finished"], told["baseline"]) == ("stopped", 7, "equal")
    assert "mine" in told["verdict"][0]


def test_a_table_with_the_verdict(study: StudyFolder, capsys: pytest.CaptureFixture[str]) -> None:
    study_results.print_study(study, dataclasses.replace(study.status(), state="stopped", message="Stopped."))
    told = capsys.readouterr().out
    assert "7.12 ± 0.31" in told
    assert "90.0 ± 0.0 %" in told
    single = next(line for line in told.splitlines() if "single-age" in line and "7.50" in line)
    assert single.count(" - ") == 2
    assert study_results.study_json(study, study.status())["verdict"][0] in told
    assert 'Go on: python -m mtldemo compare --resume "mine"' in told
