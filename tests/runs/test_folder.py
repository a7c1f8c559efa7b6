import dataclasses
import os
import threading
import time
from pathlib import Path

import pytest

from mtldemo.config import DataConfig, RunConfig, WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.files import write_atomic
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder, Status, work_folder

CONFIG = RunConfig(data=DataConfig(image_size=32), weighting=WeightingConfig("dwa", {"temperature": 2.0}), epochs=3)


def test_a_new_run_is_queued_and_its_config_comes_back(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "runs", CONFIG)
    assert run.name.startswith("dwa-resnet18_small-20")
    assert run.config() == CONFIG
    assert run.status().state == "queued"
    assert run.status().epochs == 3
    assert run.problem == ""
    assert RunFolder.open(tmp_path / "runs", run.name).config() == CONFIG


def test_who_was_started_may_be_forgotten_while_another_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    run.write_launched(ProcessId.current())
    plain = work_folder.read_json
    monkeypatch.setattr(work_folder, "read_json", lambda file: (run.write_launched(None), plain(file))[1])
    assert run.launched() is None
    monkeypatch.undo()
    (run.path / "launched.json").write_text("{half")
    with pytest.raises(MtlDemoError, match="damaged"):
        run.launched()


def test_two_that_start_at_once_get_two_names(tmp_path: Path) -> None:
    made, barrier = [], threading.Barrier(8)

    def create() -> None:
        barrier.wait()
        made.append(RunFolder.create(tmp_path, CONFIG).name)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(made)


def test_a_taken_name_is_refused_in_words(tmp_path: Path) -> None:
    RunFolder.create(tmp_path, CONFIG, "mine")
    with pytest.raises(MtlDemoError, match="already a run called 'mine'"):
        RunFolder.create(tmp_path, CONFIG, "mine")
    with pytest.raises(MtlDemoError, match="There is no run 'other'"):
        RunFolder.open(tmp_path, "other")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_an_unwritable_folder_is_said_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(MtlDemoError, match="may not be read or written"):
            RunFolder.create(tmp_path / "runs", CONFIG)
    finally:
        tmp_path.chmod(0o700)


def test_a_file_in_the_way_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("no folder")
    with pytest.raises(MtlDemoError, match="runs"):
        RunFolder.create(tmp_path / "runs", CONFIG)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")  # noqa: PTH110
def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    run.metrics_file.symlink_to("/dev/full")
    with pytest.raises(MtlDemoError, match="No room left on the disk"):
        run.append([{"kind": "step", "step": 1}])


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "status.json"
    write_atomic(file, b"old")
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(MtlDemoError, match="No room left"):
        write_atomic(file, b"new")
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_a_damaged_folder_has_a_problem_and_a_failed_status(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    (run.path / "status.json").write_text("{half")
    assert "damaged" in run.problem
    assert run.status().state == "failed"
    (run.path / "config.json").write_text('{"epochs": 0}')
    assert "epochs" in run.problem
    (run.path / "config.json").unlink()
    assert "isn't a run" in run.problem


def test_stop_is_a_flag_file(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    assert not run.stop_requested()
    run.request_stop()
    assert run.stop_requested()
    run.clear_stop()
    run.clear_stop()
    assert not run.stop_requested()


def test_the_log_keeps_its_end(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    assert run.log_tail() == ""
    for number in range(50):
        run.log(f"line {number}")
    tail = run.log_tail(3).splitlines()
    assert [line.split("  ")[1] for line in tail] == ["line 47", "line 48", "line 49"]


def test_the_summary_finds_the_last_best_and_test_records(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    assert run.summary().split == ""
    run.append([{"kind": "step", "step": n, "time": 0.1 * n} for n in range(1, 50)])
    run.append([{"kind": "epoch", "epoch": 1, "time": 5.0, "best": True, "metrics": {"age": {"mae": 7.0}}}])
    run.append([{"time": 9.0, "kind": "epoch", "epoch": 2, "best": False, "metrics": {"age": {"mae": 8.0}}}])
    summary = run.summary()
    assert (summary.last or {})["epoch"] == 2
    assert summary.metrics == {"age": {"mae": 7.0}}
    assert summary.split == "val"
    assert summary.time == 9.0
    run.append([{"kind": "test", "time": 10.0, "metrics": {"age": {"mae": 7.5}}}])
    assert run.summary().metrics == {"age": {"mae": 7.5}}
    assert run.summary().split == "test"


def test_a_run_at_work_is_locked_for_others(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    parent = ProcessId.of(os.getppid())
    working = Status(state="training", pid=parent.pid, pid_started=parent.started, host=parent.host)
    run.write_status(dataclasses.replace(working, updated=time.time()))
    assert run.busy()
    with pytest.raises(MtlDemoError, match="Another process is training"):
        run.lock()
