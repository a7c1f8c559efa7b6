"""Real processes, killed without a warning: nothing is lost, and what goes on is bit by bit the same."""

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from mtldemo.cli.display import SilentDisplay
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder
from mtldemo.study import StudyConfig, StudyFolder, StudyStatus, create_study, queue
from mtldemo.study.process import resume_study, start_study, stop_study
from mtldemo.training.checkpoint import load_model
from mtldemo.work.interrupt import Interrupt
from mtldemo.work.session import work_on

ROOT = Path(__file__).parents[2]
PATIENCE = 150.0


@pytest.fixture
def long(tiny: StudyConfig) -> StudyConfig:
    """One arm of 24 steps, long enough to be killed in, and a short one of two tasks."""
    steps = (dataclasses.replace(tiny.arms[0], steps=24), dataclasses.replace(tiny.arms[1], steps=3))
    return dataclasses.replace(tiny, arms=steps, seeds=(0,), workers=1)


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


def kill(pid: int) -> None:
    process = psutil.Process(pid)
    process.kill()
    psutil.wait_procs([process], timeout=60)


def worked_off(
    study: StudyFolder, show: Callable[[StudyStatus], None] = lambda status: None
) -> tuple[StudyStatus, list[str]]:
    lines: list[str] = []
    return queue.work_off(study, stop_requested=lambda: False, show=show, say=lines.append), lines


def steps_of(run: RunFolder) -> list[int]:
    return [record["step"] for record in run.read()[0] if record["kind"] == "step"]


def without_times(run: RunFolder) -> str:
    timed = ("time", "images_per_second")
    return json.dumps([{key: record[key] for key in record if key not in timed} for record in run.read()[0]])


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_worker_costs_no_run(runs_dir: Path, long: StudyConfig) -> None:
    study = create_study(runs_dir, long, "mine")
    run = study.run_of(long.arms[0], 0)
    killed = []

    def kill_once(status: StudyStatus) -> None:
        if not killed and run.path.is_dir() and len(steps_of(run)) >= 5:
            killed.append(run.status().pid)
            kill(killed[0])

    status, lines = worked_off(study, kill_once)
    assert (status.state, status.finished) == ("finished", 2), study.log_tail(50)
    assert killed, "the run was over before its worker could be killed"
    assert "equal-s0 crashed, it goes on" in lines
    assert steps_of(run) == list(range(1, 25))
    assert "Going on from step" in run.log_tail(50)
    assert not run.checkpoint_file.exists()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_queue_takes_its_workers_along_and_the_next_goes_on(runs_dir: Path, long: StudyConfig) -> None:
    study = create_study(runs_dir, long, "mine")
    command = [sys.executable, "-m", "mtldemo", "compare", "--resume", "mine", "--runs-dir", str(runs_dir)]
    run = study.run_of(long.arms[0], 0)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        wait_for(lambda: process.poll() is not None or (run.path.is_dir() and len(steps_of(run)) >= 5))
        workers = psutil.Process(process.pid).children()
        kill(process.pid)
    assert study.status().state == "crashed"
    assert len(workers) == 1
    psutil.wait_procs(workers, timeout=PATIENCE)
    assert not any(worker.is_running() for worker in workers)
    assert run.status().state == "stopped"
    held = steps_of(run)[-1]
    assert 5 <= held < 24

    assert worked_off(study)[0].state == "finished", study.log_tail(50)
    assert f"Going on from step {held}" in run.log_tail(50)
    for one in study.runs():
        whole = RunFolder.create(runs_dir, one.config())
        whole.write_compute(one.compute() or {})
        with Interrupt(whole.stop_requested) as asked, SilentDisplay() as display:
            work_on(whole, asked, display)
        assert without_times(one) == without_times(whole)
        assert weights(one) == weights(whole)


def weights(run: RunFolder) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in load_model(run.model_file)[0].items()}


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_study_is_started_and_stopped_as_a_process_of_its_own(runs_dir: Path, long: StudyConfig) -> None:
    # Others are the browser's driver, which tests to come still need.
    others = set(psutil.Process().children())
    study = start_study(long, runs_dir=runs_dir, name="mine")
    try:
        assert study.status().live
        with pytest.raises(MtlDemoError, match="running already"):
            resume_study(study)
        stop_study(study)
        wait_for(lambda: not study.status().live)
        assert study.status().state == "stopped", study.log_tail(50)
        assert not study.stop_requested()
        assert study.log_tail() == "", "its log has no progress bar"
    finally:
        for process in set(psutil.Process().children()) - others:
            process.kill()
