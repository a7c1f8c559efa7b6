"""A finished run knows how sure it is, and is finished even where that can't be told."""

import json
from pathlib import Path

import pytest

from mtldemo.cli.display import SilentDisplay
from mtldemo.config import ComputeConfig, DataConfig, OptimConfig, RunConfig, SyntheticConfig
from mtldemo.predict import release
from mtldemo.predict.predictor import Predictor
from mtldemo.runs import RunFolder
from mtldemo.work.interrupt import Interrupt
from mtldemo.work.session import work_on

CONFIG = RunConfig(
    epochs=1,
    batch_size=32,
    data=DataConfig(image_size=16, synthetic=SyntheticConfig(images=120)),
    optim=OptimConfig(lr=0.001, ema=0.5),
    compute=ComputeConfig(device="cpu", precision="fp32", layout="contiguous", threads=1),
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    return RunFolder.create(tmp_path / "runs", CONFIG, "mine")


def work(run: RunFolder) -> None:
    with Interrupt(run.stop_requested) as asked, SilentDisplay() as display:
        work_on(run, asked, display)


def test_a_finished_run_is_calibrated_on_its_validation_pictures(run: RunFolder) -> None:
    work(run)
    assert run.status().state == "finished"
    usage = Predictor.load(run.model_file).usage
    assert usage.intervals["age"].nominal == 0.8
    assert set(usage.confidences) == {"gender", "ethnicity"}
    assert usage.confidences["gender"].count == usage.intervals["age"].count > 5
    assert json.loads((run.path / "prediction.json").read_text())["intervals"]["age"]["count"] < 30


def test_a_run_that_cannot_be_calibrated_is_finished_all_the_same(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(release, "calibrate_beside", broken)
    work(run)
    assert run.status().state == "finished"
    assert "aren't calibrated (RuntimeError: no luck)" in run.log_tail(20)
    assert not Predictor.load(run.model_file).usage.calibrated
