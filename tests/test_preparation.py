"""A data set prepared in a process of its own: how it is told, stopped, and how it fails."""

import json
import time
from pathlib import Path

import pytest

from mtldemo import data
from mtldemo.config import DataConfig, SyntheticConfig
from mtldemo.preparation import Preparation, PreparationJob, work

TINY = DataConfig(image_size=16, synthetic=SyntheticConfig(images=60))


@pytest.fixture
def job(own_folders: Path) -> PreparationJob:
    """The preparation of a tiny set, not started."""
    return PreparationJob(TINY, data.cache_dir())


def ended(job: PreparationJob) -> Preparation:
    deadline = time.monotonic() + 200
    while (seen := job.look()).state == "working":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return seen


def test_it_runs_on_its_own_and_leaves_the_set_prepared(job: PreparationJob) -> None:
    assert job.look() == Preparation()
    job.start()
    assert ended(job).state == "done"
    assert len(data.load(TINY)) == 60


def test_another_config_is_another_job(job: PreparationJob) -> None:
    other = PreparationJob(DataConfig(image_size=32), data.cache_dir())
    assert other.file != job.file
    assert PreparationJob(TINY, data.cache_dir()).file == job.file


def test_a_mistake_is_kept_in_words(own_folders: Path) -> None:
    job = PreparationJob(DataConfig(source=str(own_folders / "nowhere")), data.cache_dir())
    assert work(job.config, job.file).state == "failed"
    assert "There is no data set at" in job.look().message


def test_what_nobody_thought_of_is_named(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(data, "load", broken)
    job = PreparationJob(TINY, data.cache_dir())
    with pytest.raises(RuntimeError):
        work(job.config, job.file)
    assert job.look().state == "failed"
    assert "unexpected went wrong (RuntimeError: no such thing)" in job.look().message


def test_stop_ends_the_process_and_a_new_start_goes_to_the_end(own_folders: Path) -> None:
    large = DataConfig(image_size=16, synthetic=SyntheticConfig(images=20_000))
    job = PreparationJob(large, data.cache_dir())
    job.start()
    deadline = time.monotonic() + 200
    while not job.look().total:
        assert time.monotonic() < deadline, job.look()
        time.sleep(0.02)
    job.stop()
    assert job.look().state == "stopped"
    time.sleep(0.5)
    assert job.look().state == "stopped"


def test_a_process_that_vanished_counts_as_failed(job: PreparationJob) -> None:
    job.file.parent.mkdir(parents=True)
    from mtldemo.processes import ProcessId

    gone = {**vars(ProcessId.current()), "started": 1.0}
    job.file.write_text(json.dumps({"state": "working", "process": gone, "updated": time.time()}))
    assert job.look().state == "failed"
    job.file.write_text(json.dumps({"state": "working", "updated": time.time() - 1000}))
    assert job.look().state == "failed"
    # A known one may be silent for long, but not when it is gone.
    started = job.file.with_suffix(".launched")
    started.write_text(json.dumps(vars(ProcessId.current())))
    assert job.look().state == "working"
    started.write_text(json.dumps(gone))
    job.file.write_text(json.dumps({"state": "working", "updated": time.time()}))
    assert job.look().state == "failed"
    job.file.write_text("{broken")
    assert job.look().state == "none"


def test_time_left_follows_the_pace() -> None:
    assert Preparation("working", "x", 0, 100, step_started=0, updated=10).eta_s is None
    assert Preparation("working", "x", 50, 100, step_started=0, updated=10).eta_s == pytest.approx(10)
    assert Preparation("working", "x", 50, 100).share == 0.5
    assert Preparation("working").share == 0
