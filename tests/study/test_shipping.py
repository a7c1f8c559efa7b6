import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtldemo.config import with_value
from mtldemo.errors import MtlDemoError
from mtldemo.runs import Origin
from mtldemo.study import StudyConfig, StudyFolder, create_study, shipping


def records(steps: int) -> Iterator[dict[str, Any]]:
    for step in range(1, steps + 1):
        yield {"kind": "step", "step": step, "losses": {"age": 1.23456789}}
        yield {"kind": "gradients", "step": step, "norms": {"age": 0.1}}
        if step % 100 == 0:
            yield {"kind": "epoch", "step": step, "metrics": {"age": {"mae": 7.123456789}}}
    yield {"kind": "test", "step": steps, "metrics": {"age": {"mae": 7.123456789}}}


def test_frequent_records_are_thinned_and_rare_ones_kept() -> None:
    kept = shipping.thinned(records(1000), most=50)
    steps = [record for record in kept if record["kind"] == "step"]
    assert len(steps) == 50
    assert steps[-1]["step"] == 1000
    assert steps[0]["losses"]["age"] == 1.2346
    assert len([record for record in kept if record["kind"] == "gradients"]) == 50
    rare = [record for record in kept if record["kind"] in ("epoch", "test")]
    assert len(rare) == 11
    assert rare[0]["metrics"]["age"]["mae"] == 7.123456789
    assert shipping.thinned(records(10), most=50) == shipping.thinned(records(10))
    assert [record["step"] for record in kept] == sorted(record["step"] for record in kept)


def test_a_study_is_written_without_weights_paths_or_machines(
    runs_dir: Path, tiny: StudyConfig, tmp_path: Path
) -> None:
    base = with_value(tiny.base, ("data", "source"), "/home/someone/faces/UTKFace.tar.gz")
    study = create_study(runs_dir, dataclasses.replace(tiny, base=base), "mine")
    study.write_compute({"device": "cpu"})
    config = study.config()
    with pytest.raises(MtlDemoError, match="no finished run"):
        shipping.export_metrics(study, tmp_path / "out")
    for arm in config.arms:
        run = study.run_for(config, arm, 0)
        run.append(records(200))
        run.write_compute({"device": "cpu"})
        run.model_file.write_bytes(b"weights")
        run.log("Starting /home/someone")
        done = dataclasses.replace(run.stored_status(), state="finished", host="box", pid=12, message="/home/someone")
        run.write_status(done)
    study.run_for(config, config.arms[0], 1)

    assert shipping.export_metrics(study, tmp_path / "out") == 2
    new = StudyFolder(tmp_path / "out")
    assert [run.name for run in new.runs()] == ["equal-s0", "single-age-s0"]
    assert (new.status().state, new.status().finished, new.status().left) == ("stopped", 2, 2)
    assert new.config().base.data.source == "UTKFace.tar.gz"
    assert new.config().arms == config.arms
    run = new.runs()[0]
    assert sorted(path.name for path in run.path.iterdir()) == [
        *("compute.json", "config.json", "metrics.jsonl", "origin.json", "status.json"),
    ]
    assert run.config() == with_value(study.runs()[0].config(), ("data", "source"), "UTKFace.tar.gz")
    assert run.status().state == "finished"
    assert run.origin() == Origin(config.id, "equal", 0)
    assert (run.summary().test or {})["metrics"] == {"age": {"mae": 7.123456789}}
    for path in (tmp_path / "out").rglob("*.json*"):
        assert "someone" not in path.read_text()
        assert "box" not in path.read_text()
        assert path.suffix == ".jsonl" or json.loads(path.read_text())
    with pytest.raises(MtlDemoError, match="holds something already"):
        shipping.export_metrics(study, tmp_path / "out")
