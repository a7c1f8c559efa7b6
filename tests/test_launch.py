import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mtldemo import launch
from mtldemo.config import ComputeConfig, DataConfig, OptimConfig, RunConfig, SyntheticConfig
from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder, trash

CONFIG = RunConfig(
    epochs=1000,
    batch_size=16,
    data=DataConfig(image_size=16, synthetic=SyntheticConfig(images=120)),
    optim=OptimConfig(lr=0.001),
    compute=ComputeConfig(device="cpu", precision="fp32", layout="contiguous", threads=1),
)
SLEEP = "import time; time.sleep(60)"


def wait_for(what: Callable[[], object], patience: float = 200.0) -> None:
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


def steps(run: RunFolder) -> list[int]:
    return [record["step"] for record in run.read()[0] if record["kind"] == "step"]


@pytest.fixture
def runs_dir(own_folders: Path) -> Iterator[Path]:
    yield own_folders / "runs"
    for path in (own_folders / "runs").glob("*/"):
        launch.stop(RunFolder(path), force_after=0)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_starts_stops_and_resumes_a_process_of_its_own(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs_dir.parent)  # the package must be found from anywhere
    run = launch.start(CONFIG, runs_dir=runs_dir, name="mine")
    assert run.config() == CONFIG
    assert run.busy()
    with pytest.raises(MtlDemoError, match="running already"):
        launch.resume(run)
    wait_for(lambda: len(steps(run)) >= 3 or not run.busy())
    status = run.status()
    assert status.state == "training", run.log_tail()
    assert status.pid != os.getpid()
    assert status.total_steps == 6 * CONFIG.epochs
    if os.name != "nt":
        assert psutil.Process(status.pid).nice() >= max(10, psutil.Process().nice())
        assert os.getsid(status.pid) != os.getsid(0)

    launch.stop(run)
    wait_for(lambda: not run.busy())
    assert run.status().state == "stopped", run.log_tail()
    assert not run.stop_requested()
    assert run.checkpoint_file.exists()
    stopped_at = steps(run)[-1]

    launch.resume(run)
    wait_for(lambda: steps(run)[-1] > stopped_at or not run.busy())
    assert f"Going on from step {stopped_at}" in run.log_tail()
    assert steps(run) == list(range(1, steps(run)[-1] + 1))
    psutil.Process(run.status().pid).kill()
    wait_for(lambda: not run.busy())
    assert run.status().state == "crashed"
    assert trash(run)


def test_a_process_that_dies_at_once_is_a_crash(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", psutil.Process().exe())
    monkeypatch.setattr(launch, "COMMAND", ("-c", "raise SystemExit('no module')"))
    run = launch.start(CONFIG, runs_dir=runs_dir)
    wait_for(lambda: not run.busy())
    assert run.status().state == "crashed"
    assert "no module" in run.log_tail()


def test_a_process_that_does_not_answer_is_ended_by_force(runs_dir: Path) -> None:
    run = RunFolder.create(runs_dir, CONFIG, "deaf")
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as child:
        deaf = ProcessId.of(child.pid)
        run.write_status(
            dataclasses.replace(
                run.stored_status(), state="training", pid=deaf.pid, pid_started=deaf.started, host=deaf.host
            )
        )
        launch.stop(run)
        assert run.stop_requested()
        assert run.busy()
        launch.stop(run, force_after=0.1)
        assert not deaf.alive()
    assert run.status().state == "stopped"
    assert not run.stop_requested()


def test_a_run_that_waits_is_stopped_at_once(runs_dir: Path) -> None:
    run = RunFolder.create(runs_dir, CONFIG)
    launch.stop(run)
    assert run.status().state == "stopped"


def test_a_run_that_is_over_is_left_as_it_is(runs_dir: Path) -> None:
    run = RunFolder.create(runs_dir, CONFIG, "over")
    run.write_status(dataclasses.replace(run.stored_status(), state="finished"))
    launch.stop(run)
    assert run.status().state == "finished"
    assert not run.stop_requested()
    with pytest.raises(MtlDemoError, match="is finished"):
        launch.resume(run)


def test_a_broken_folder_is_not_resumed(runs_dir: Path) -> None:
    run = RunFolder.create(runs_dir, CONFIG, "broken")
    (run.path / "config.json").write_text("{half")
    with pytest.raises(MtlDemoError, match="can't be resumed"):
        launch.resume(run)
