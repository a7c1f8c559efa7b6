"""Whole runs in this process, on a few drawn portraits."""

import dataclasses
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mtldemo.cli import main
from mtldemo.cli.display import SilentDisplay
from mtldemo.config import ComputeConfig, DataConfig, OptimConfig, RunConfig, SyntheticConfig, to_dict
from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder
from mtldemo.training import checkpoint, loop
from mtldemo.work.interrupt import Interrupt
from mtldemo.work.session import work_on

CONFIG = RunConfig(
    epochs=2,
    batch_size=32,
    gradients_every=2,
    data=DataConfig(image_size=16, synthetic=SyntheticConfig(images=120)),
    optim=OptimConfig(lr=0.001, ema=0.5),
    compute=ComputeConfig(device="cpu", precision="fp32", layout="contiguous", threads=1),
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def runs_dir(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTLDEMO_CACHE", str(cache))
    monkeypatch.setenv("MTLDEMO_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def created(runs_dir: Path, name: str = "mine", **changes: Any) -> RunFolder:
    return RunFolder.create(runs_dir, dataclasses.replace(CONFIG, **changes), name)


def work(run: RunFolder) -> None:
    with Interrupt(run.stop_requested) as asked, SilentDisplay() as display:
        work_on(run, asked, display)


def kinds(run: RunFolder) -> list[str]:
    return [record["kind"] for record in run.read()[0]]


def test_a_run_from_its_options_to_its_figures(
    runs_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(to_dict(CONFIG)))
    assert main(["train", "--config", str(file), "--run", "mine", "--strategy", "dwa", "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    told = json.loads(printed.out.splitlines()[-1])
    run = RunFolder.open(runs_dir, "mine")
    assert told["run"] == "mine"
    assert told["metrics"]["age"]["mae"] > 0
    assert 0 <= told["metrics"]["gender"]["accuracy"] <= 1
    assert 0 <= told["metrics"]["ethnicity"]["accuracy"] <= 1
    assert told["images_per_second"] > 0
    assert run.status().state == "finished"
    assert [kind for kind in kinds(run) if kind != "gradients"] == [
        *["step"] * 3,
        "epoch",
        *["step"] * 3,
        "epoch",
        "test",
    ]
    assert kinds(run).count("gradients") == 3
    weights, described = checkpoint.load_model(run.model_file)
    assert weights
    assert json.loads(described["config"])["weighting"]["strategy"] == "dwa"
    assert len(json.loads(described["mean"])) == 3
    assert (run.compute() or {})["threads"] == 1
    assert "Test, epoch" in run.log_tail()
    assert not (run.path / "lock").exists()
    assert not run.checkpoint_file.exists(), "there is nothing left to go on to"
    before = run.read()[0]
    assert main(["train", "--resume", "mine", "--json"]) == 0, "a finished run says its figures again"
    assert json.loads(capsys.readouterr().out) == told
    assert run.read()[0] == before


def test_plain_lines_and_a_table_for_a_pipe(runs_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(to_dict(dataclasses.replace(CONFIG, epochs=1))))
    assert main(["train", "--config", str(file)]) == 0
    text = capsys.readouterr().out
    assert "Epoch 1/1: age" in text
    assert "say nothing about people" in text
    assert "on the test split" in text


def test_a_stop_file_ends_it_after_a_step_and_resume_goes_on(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = created(runs_dir)
    append = RunFolder.append

    def append_and_stop(self: RunFolder, records: list[Any]) -> None:
        append(self, records)
        run.request_stop()

    monkeypatch.setattr("mtldemo.work.session.FLUSH_EVERY", 0.0)
    monkeypatch.setattr("mtldemo.work.interrupt.LOOK_EVERY", 0.0)
    monkeypatch.setattr(RunFolder, "append", append_and_stop)
    assert main(["train", "--resume", "mine"]) == 0
    assert run.status().state == "stopped"
    assert "Stopped after step 1 of 6" in run.status().message
    assert "train --resume mine" in capsys.readouterr().out
    assert not run.stop_requested()

    monkeypatch.setattr(RunFolder, "append", append)
    assert main(["train", "--resume", "mine"]) == 0
    assert run.status().state == "finished"
    assert [record["step"] for record in run.read()[0] if record["kind"] == "step"] == [1, 2, 3, 4, 5, 6]


def test_a_finished_run_is_left_as_it_is(runs_dir: Path) -> None:
    run = created(runs_dir, epochs=1)
    work(run)
    before = run.read()[0]
    work(run)
    assert (run.read()[0], run.status().state) == (before, "finished")


def test_a_crash_at_the_very_end_repeats_the_test(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = created(runs_dir, epochs=1)
    with monkeypatch.context() as crash:
        crash.setattr("mtldemo.work.session._Session.end", lambda *_: None)
        work(run)
    assert kinds(run)[-1] == "test"
    assert run.checkpoint_file.exists()
    work(run)
    assert kinds(run).count("test") == 1
    assert run.status().state == "finished"
    assert run.summary().test is not None


def test_a_request_to_stop_that_came_while_queued_is_heard(runs_dir: Path) -> None:
    run = created(runs_dir)
    run.request_stop()
    work(run)
    assert run.status().state == "stopped"
    assert kinds(run) == []
    run.request_stop()  # left over from before: the run is resumed on purpose now
    work(run)
    assert run.status().state == "finished"


def test_a_mistake_in_the_config_is_in_the_status(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    created(runs_dir, tasks=("age", "height"))
    assert main(["train", "--resume", "mine"]) == 2
    status = RunFolder.open(runs_dir, "mine").status()
    assert status.state == "failed"
    assert "There is no task 'height'" in status.message
    assert "There is no task 'height'" in capsys.readouterr().err


def test_a_bug_keeps_its_trace_in_the_log_alone(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    created(runs_dir)
    monkeypatch.setattr(loop, "train", lambda *_, **__: iter([{"kind": "step"}]))
    assert main(["train", "--resume", "mine"]) == 1
    run = RunFolder.open(runs_dir, "mine")
    assert run.status().state == "failed"
    assert "Traceback" in run.log_tail(50)
    told = capsys.readouterr()
    assert "Traceback" not in told.err + told.out
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("target", ["metrics.jsonl", "checkpoint.pt", "status.json"])
def test_a_full_disk_is_said_in_words(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    run = created(runs_dir)
    full = OSError(28, "No space left on device")

    def refuse(*_: object) -> None:
        raise full

    if target == "metrics.jsonl":
        monkeypatch.setattr(RunFolder, "append", lambda *_: refuse())
    elif target == "checkpoint.pt":
        monkeypatch.setattr(checkpoint, "save", refuse)
    else:
        write = RunFolder.write_status
        monkeypatch.setattr(
            RunFolder, "write_status", lambda self, status: refuse() if status.step else write(self, status)
        )
    assert main(["train", "--resume", "mine"]) == 2
    assert "No room left on the disk" in capsys.readouterr().err
    assert run.status().state == "failed"
    assert "No room left" in run.status().message


def test_a_run_that_lives_is_not_resumed(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = created(runs_dir)
    parent = ProcessId.of(os.getppid())
    living = dataclasses.replace(
        run.stored_status(),
        state="training",
        pid=parent.pid,
        pid_started=parent.started,
        host=parent.host,
        updated=time.time(),
    )
    run.write_status(living)
    assert main(["train", "--resume", "mine"]) == 2
    assert "Another process is training 'mine'" in capsys.readouterr().err
    assert run.stored_status() == living


def test_a_resumed_run_keeps_its_settings(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    created(runs_dir)
    assert main(["train", "--resume", "mine", "--epochs", "3", "--run", "other"]) == 2
    assert "leave out --epochs, --run" in capsys.readouterr().err


def test_a_broken_checkpoint_is_said_in_words(runs_dir: Path) -> None:
    run = created(runs_dir)
    run.checkpoint_file.write_bytes(b"rubbish")
    with pytest.raises(MtlDemoError, match="delete it to start the run from the beginning"):
        work(run)
    checkpoint.save(run.checkpoint_file, {"other": 1})
    with pytest.raises(MtlDemoError, match="delete it to start the run from the beginning"):
        work(run)
    assert run.status().state == "failed"


def test_leavings_of_a_killed_process_are_swept(runs_dir: Path) -> None:
    run = created(runs_dir)
    for name in (".checkpoint.pt.1.part", ".status.json.1-2.tmp"):
        (run.path / name).write_bytes(b"half")
    run.request_stop()
    work(run)
    assert not list(run.path.glob(".*"))


@pytest.mark.skipif(sys.platform == "win32", reason="a signal can't be sent to oneself there")
def test_ctrl_c_saves_and_returns_130(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = created(runs_dir)
    monkeypatch.setattr("mtldemo.work.session.FLUSH_EVERY", 0.0)
    append = RunFolder.append

    def append_and_interrupt(self: RunFolder, records: list[Any]) -> None:
        append(self, records)
        if "step" in kinds(run) and not run.checkpoint_file.exists() and signal.getsignal(signal.SIGINT) != before:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(RunFolder, "append", append_and_interrupt)
    assert main(["train", "--resume", "mine", "--json"]) == 130
    assert run.status().state == "stopped"
    assert run.checkpoint_file.exists()
    assert signal.getsignal(signal.SIGINT) == before
