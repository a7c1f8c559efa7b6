import dataclasses
from pathlib import Path
from typing import Any

import pytest

from mtldemo.config import RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder, default_runs_dir, list_runs, rename, restore, trash


def made(runs_dir: Path, name: str, created: float = 0.0, **status: Any) -> RunFolder:
    run = RunFolder.create(runs_dir, RunConfig(), name)
    run.write_status(dataclasses.replace(run.stored_status(), created=created, **status))
    return run


def working() -> dict[str, Any]:
    me = ProcessId.current()
    return {"state": "training", "pid": me.pid, "pid_started": me.started, "host": me.host}


def test_lists_the_newest_first_and_broken_folders_with_their_problem(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []
    made(tmp_path, "old", 100.0)
    made(tmp_path, "new", 200.0)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "notes.txt").write_text("no run")
    runs = list_runs(tmp_path)
    assert [run.name for run in runs] == ["foreign", "new", "old"]
    assert [bool(run.problem) for run in runs] == [True, False, False]


def test_renames_a_run_at_rest(tmp_path: Path) -> None:
    run, other = made(tmp_path, "one"), made(tmp_path, "other")
    renamed = rename(run, "two")
    assert renamed.config() == RunConfig()
    assert not run.path.exists()
    assert rename(renamed, "two").path == renamed.path
    for name, words in (("other", "already"), ("a/b", "letters")):
        with pytest.raises(MtlDemoError, match=words):
            rename(renamed, name)
    assert other.problem == ""


def test_a_run_at_work_is_neither_renamed_nor_deleted(tmp_path: Path) -> None:
    run = made(tmp_path, "one", **working())
    for action in (lambda: rename(run, "two"), lambda: trash(run)):
        with pytest.raises(MtlDemoError, match="is running"):
            action()


def test_a_deleted_run_comes_back(tmp_path: Path) -> None:
    run = made(tmp_path, "one")
    token = trash(run)
    assert list_runs(tmp_path) == []
    assert restore(tmp_path, token).name == "one"
    with pytest.raises(MtlDemoError, match="holds no run"):
        restore(tmp_path, token)


def test_a_deleted_run_comes_back_beside_one_that_took_its_name(tmp_path: Path) -> None:
    token = trash(made(tmp_path, "one"))
    made(tmp_path, "one")
    assert restore(tmp_path, token).name == "one-2"


@pytest.mark.parametrize("token", ["", "..", "../one~1", "one", "/etc~1"])
def test_a_token_from_elsewhere_is_refused(tmp_path: Path, token: str) -> None:
    made(tmp_path, "one")
    with pytest.raises(MtlDemoError, match="holds no run"):
        restore(tmp_path, token)


def test_runs_are_kept_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MTLDEMO_RUNS", str(tmp_path))
    assert default_runs_dir() == tmp_path
    monkeypatch.delenv("MTLDEMO_RUNS")
    assert str(default_runs_dir()) == "runs"
