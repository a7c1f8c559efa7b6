"""What an import takes no part of: more than a run can have, and what has changed since it was written."""

import shutil
import time
from collections import namedtuple
from pathlib import Path

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.runs import notes
from mtldemo.study.importing import import_runs
from tests.study.test_importing import STEP, made


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def test_more_lines_than_a_run_can_have_are_refused_as_they_come(
    tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mtldemo.study import checked_copy

    monkeypatch.setattr(checked_copy, "MOST_LINES", 5)
    whole = made(tmp_path / "old", "five", records=[STEP] * 5)
    assert import_runs(whole.path, runs_dir).remarks == ()
    long = made(tmp_path / "old", "long", records=[STEP] * 5)
    with long.metrics_file.open("a") as file:
        file.write("\n" * 3)
    with pytest.raises(MtlDemoError, match=r"long: metrics.jsonl isn't one: it has more than 5 lines"):
        import_runs(long.path, runs_dir)
    got = import_runs(tmp_path / "old", runs_dir)
    assert [run.name for run in got.runs] == ["five-2"]


def test_what_was_changed_since_it_was_written_is_left_out_and_said(tmp_path: Path, runs_dir: Path) -> None:
    run = made(tmp_path / "old")
    run.write_data("a" * 32, 3)
    run.write_compute({"threads": 2})
    notes.write(run.path, "mine")
    got = import_runs(run.path, runs_dir).runs[0]
    assert (got.data(), got.compute()) == ({"key": "a" * 32, "pictures": 3}, {"threads": 2})
    for name, old, new in (("data.json", "aaaa", "aaab"), ("compute.json", "2", "3"), ("notes.json", "mine", "mind")):
        (run.path / name).write_text((run.path / name).read_text().replace(old, new, 1))
    words = " ".join(import_runs(run.path, runs_dir).remarks)
    for name in ("data.json", "compute.json", "notes.json"):
        assert f"{name} is damaged and was left out" in words
    config = run.path / "config.json"
    config.write_text(config.read_text().replace('"seed": 7', '"seed": 8'))
    with pytest.raises(MtlDemoError, match=r"mine: config.json has changed since it was written"):
        import_runs(run.path, runs_dir)


def test_a_disk_without_room_is_said_before_anything_is_copied(
    tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made(tmp_path / "old")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1, 1, 0))
    with pytest.raises(MtlDemoError, match="room for 0 MB"):
        import_runs(run.path, runs_dir)
    assert not runs_dir.exists()


def test_too_large_a_file_is_left_out(tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mtldemo.study import checked_copy

    monkeypatch.setitem(checked_copy.LARGEST, "log.txt", 10)
    got = import_runs(made(tmp_path / "old").path, runs_dir)
    assert "log.txt has 0 MB, more than 0, and was left out." in got.remarks[0]


@pytest.mark.slow
def test_a_long_run_is_quick(tmp_path: Path, runs_dir: Path) -> None:
    run = made(tmp_path / "old", records=[{**STEP, "step": step} for step in range(1, 20_001)])
    begun = time.perf_counter()
    import_runs(run.path, runs_dir)
    assert time.perf_counter() - begun < 60  # usually one; far more were it not linear
