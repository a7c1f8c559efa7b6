"""Runs and studies from elsewhere: whole ones, damaged ones, and archives that mean harm."""

import dataclasses
import io
import json
import os
import stat
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder, list_runs, notes
from mtldemo.study import Arm, StudyConfig, create_study, import_source, importing
from mtldemo.study.importing import import_runs

STEP = {"kind": "step", "step": 1, "epoch": 0.1, "time": 0.5, "losses": {"age": 2.0}, "weights": {"age": 1.0}}
TEST = {"kind": "test", "step": 1, "epoch": 1, "time": 1.0, "metrics": {"age": {"mae": 5.0}}}


def made(
    runs_dir: Path, name: str = "mine", state: str = "finished", records: Sequence[dict[str, Any]] = (STEP, TEST)
) -> RunFolder:
    run = RunFolder.create(runs_dir, RunConfig(seed=7), name)
    run.append(records)
    run.log("done")
    run.write_status(dataclasses.replace(run.stored_status(), state=state, pid=1, host="elsewhere", created=1.7e9))
    return run


def packed(
    folder: Path, *, extra: Iterable[tuple[str | zipfile.ZipInfo, str | bytes]] = (), prefix: str = ""
) -> io.BytesIO:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, prefix + file.relative_to(folder).as_posix())
        for name, content in extra:
            archive.writestr(name, content)
    data.seek(0)
    return data


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def test_a_run_folder_comes_in_whole_and_twice(tmp_path: Path, runs_dir: Path) -> None:
    run = made(tmp_path / "old")
    notes.write(run.path, "kept", ["a"])
    run.write_compute({"threads": 2})
    (run.path / "prediction.json").write_text('{"flip": true}')
    (run.path / "lock").write_text("{}")
    (run.path / "launched.json").write_text("{}")
    (run.path / "evil.py").write_text("print()")
    told = []
    got = import_runs(run.path, runs_dir, progress=lambda *progress: told.append(progress))
    assert got.remarks == ()
    assert told == [("Importing runs", 1, 1)]
    new = got.runs[0]
    assert new.path == runs_dir / "mine"
    assert (new.problem, new.config(), new.read()) == ("", run.config(), run.read())
    assert (new.compute(), notes.read(new.path)) == ({"threads": 2}, notes.Notes("kept", ("a",)))
    status = new.status()
    assert (status.state, status.created, status.pid, status.host) == ("finished", 1.7e9, 0, "")
    assert {path.name for path in new.path.iterdir()} == {
        "config.json",
        "metrics.jsonl",
        "status.json",
        "log.txt",
        "compute.json",
        "prediction.json",
        "notes.json",
    }
    again = import_runs(run.path, runs_dir)
    assert again.runs[0].name == "mine-2"
    assert "mine is called mine-2 now" in again.remarks[0]
    assert [path.name for path in runs_dir.glob(".*")] == []


def test_a_zip_of_several_runs(tmp_path: Path, runs_dir: Path) -> None:
    made(tmp_path / "old", "one")
    made(tmp_path / "old", "two")
    junk = [("__MACOSX/old/one/config.json", "{}"), (".trash/x/config.json", "{}"), ("read me.txt", "hello")]
    got = import_runs(packed(tmp_path / "old", extra=junk, prefix="outer/"), runs_dir, name="old.zip")
    assert sorted(run.name for run in got.runs) == ["one", "two"]
    assert got.remarks == ()
    assert len(list_runs(runs_dir)) == 2


def test_a_zip_of_one_runs_files_is_called_after_itself(tmp_path: Path, runs_dir: Path) -> None:
    data = packed(made(tmp_path / "old").path).getvalue()
    (tmp_path / "my: run?.zip").write_bytes(data)
    assert import_runs(tmp_path / "my: run?.zip", runs_dir).runs[0].name == "my_ run_"


@pytest.mark.parametrize(("name", "tidy"), [("..", "imported"), ("con", "imported-con"), ("-a/b", "a_b"), ("ü", "ü")])
def test_names_are_made_fit_for_every_system(name: str, tidy: str) -> None:
    assert importing.tidied(name) == tidy


def test_a_study_keeps_its_runs(tmp_path: Path, runs_dir: Path) -> None:
    arms = (Arm("equal", WeightingConfig("equal")), Arm("dwa", WeightingConfig("dwa")))
    study = create_study(tmp_path / "old", StudyConfig(RunConfig(), arms, seeds=(0, 1)), "mine")
    for name in ("equal-s0", "dwa-s0", "foreign"):
        made(study.path, name)
    (study.path / "dwa-s0" / "config.json").write_text("{half")
    got = import_runs(packed(study.path, prefix="mine/"), runs_dir)
    assert got.runs == ()
    assert got.studies[0].config() == study.config()
    assert [run.name for run in got.studies[0].runs()] == ["equal-s0"]
    status = got.studies[0].status()
    assert (status.state, status.total, status.finished, status.left) == ("stopped", 4, 1, 3)
    assert sorted(got.remarks) == [
        "mine/dwa-s0: config.json is damaged: it isn't JSON.",
        "mine/foreign: It is no run of this study and was left out.",
    ]
    assert import_runs(study.path, runs_dir).studies[0].name == "mine-2"


@pytest.mark.parametrize("state", ["training", "queued", "crashed"])
def test_a_run_that_had_not_ended_is_stopped(tmp_path: Path, runs_dir: Path, state: str) -> None:
    status = import_runs(made(tmp_path / "old", state=state).path, runs_dir).runs[0].status()
    assert (status.state, status.message) == ("stopped", "Imported before it had ended.")


def test_damage_is_mended_and_said(tmp_path: Path, runs_dir: Path) -> None:
    run = made(tmp_path / "old")
    size = run.metrics_size()
    wrong = [
        "{half",
        json.dumps({**STEP, "losses": {"age": "high"}}),
        json.dumps({"kind": "step", "step": 2, "time": 1}),
        json.dumps({**TEST, "step": None}),
        json.dumps({**TEST, "metrics": {"age": 3}}),
        '{"kind": "epoch", "metrics": ' + "[" * 100_000 + "}",
    ]
    with run.metrics_file.open("a") as file:
        file.write("\n".join(wrong) + "\n" + json.dumps({**STEP, "step": 3}) + "\n" + '{"kind": "step", "st')
    for name in ("status.json", "compute.json", "prediction.json", "notes.json"):
        (run.path / name).write_text("[]")
    (run.path / "model.safetensors").write_bytes(b"\x10" * 64)
    (run.path / "checkpoint.pt").write_bytes(b"\x80\x04cos\nsystem\n")
    got = import_runs(run.path, runs_dir)
    new = got.runs[0]
    assert new.follow().skipped == 0
    assert [record["step"] for record in new.read()[0]] == [1, 1, 3]
    # A checkpoint says how long the file was, so lines keep their places.
    assert new.metrics_file.read_bytes()[:size] == run.metrics_file.read_bytes()[:size]
    assert new.follow(new.metrics_size() - len(json.dumps({**STEP, "step": 3})) - 1).records[0]["step"] == 3
    assert new.status().state == "finished"
    assert {path.name for path in new.path.iterdir()} == {"config.json", "metrics.jsonl", "status.json", "log.txt"}
    words = " ".join(got.remarks)
    for part in ("6 damaged lines", "last line of metrics.jsonl was cut off", "status.json is missing or damaged"):
        assert part in words
    for name in ("compute.json", "prediction.json", "notes.json", "model.safetensors", "checkpoint.pt"):
        assert f"mine: {name} is damaged" in words


def test_weights_are_taken_where_they_are_whole(tmp_path: Path, runs_dir: Path) -> None:
    run = made(tmp_path / "old")
    save_file({"weight": np.zeros(3, np.float32)}, run.model_file)
    with zipfile.ZipFile(run.checkpoint_file, "w") as archive:
        archive.writestr("archive/data.pkl", b"never read here")
    new = import_runs(run.path, runs_dir).runs[0]
    assert new.model_file.read_bytes() == run.model_file.read_bytes()
    assert new.checkpoint_file.read_bytes() == run.checkpoint_file.read_bytes()


def test_a_run_of_another_version_is_taken_and_its_problem_shown(tmp_path: Path, runs_dir: Path) -> None:
    run = made(tmp_path / "old")
    (run.path / "config.json").write_text(json.dumps({"data": {"source": "synthetic"}, "future": 1}))
    got = import_runs(run.path, runs_dir)
    assert "of another version" in got.remarks[0]
    assert "future" in got.runs[0].problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{half", "config.json is damaged"),
        ("[1, 2]", "config.json is another program's"),
        ('{"architectures": ["Bert"]}', "config.json is another program's"),
        ("[" * 100_000, "config.json is damaged"),
    ],
)
def test_a_config_that_is_none_is_refused(tmp_path: Path, runs_dir: Path, content: str, words: str) -> None:
    run = made(tmp_path / "old")
    (run.path / "config.json").write_text(content)
    with pytest.raises(MtlDemoError, match=f"Nothing was imported. mine: {words}"):
        import_runs(run.path, runs_dir)
    assert not list(runs_dir.iterdir())


@pytest.mark.parametrize("content", ["plain text\nof two lines\n", "x" * (5 * 2**20)])
def test_metrics_that_are_none_are_refused(tmp_path: Path, runs_dir: Path, content: str) -> None:
    run = made(tmp_path / "old")
    run.metrics_file.write_text(content)
    with pytest.raises(MtlDemoError, match=r"metrics\.jsonl isn't one"):
        import_runs(run.path, runs_dir)


def test_what_holds_no_run_is_said(tmp_path: Path, runs_dir: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MtlDemoError, match="holds no run; a run's folder has a config"):
        import_runs(tmp_path / "empty", runs_dir)
    (tmp_path / "empty" / "metrics.jsonl").touch()
    with pytest.raises(MtlDemoError, match="no config"):
        import_runs(tmp_path / "empty", runs_dir)
    with pytest.raises(MtlDemoError, match=r"There is no .*nowhere"):
        import_runs(tmp_path / "nowhere", runs_dir)
    with pytest.raises(MtlDemoError, match=r"photo\.png is neither a folder nor a \.zip"):
        import_runs(io.BytesIO(b"\x89PNG"), runs_dir, name="photo.png")


@pytest.mark.parametrize("name", ["../up/config.json", "/root/config.json", "C:\\config.json", "a/../../config.json"])
def test_an_archive_that_points_outside_is_refused(tmp_path: Path, runs_dir: Path, name: str) -> None:
    data = packed(made(tmp_path / "old").path, extra=[(name, "{}")])
    with pytest.raises(MtlDemoError, match=r"bad\.zip is refused: its member .* points outside"):
        import_runs(data, runs_dir, name="bad.zip")


def test_links_are_never_followed(tmp_path: Path, runs_dir: Path) -> None:
    run = made(tmp_path / "old")
    secret = tmp_path / "secret"
    secret.write_text("key")
    link = zipfile.ZipInfo("log.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (run.path / "log.txt").unlink()
    got = import_runs(packed(run.path, extra=[(link, str(secret))]), runs_dir, name="links.zip")
    assert "log.txt is a link and was left out." in got.remarks[0]
    assert not got.runs[0].log_file.exists()
    if os.name != "nt":
        run.log_file.symlink_to(secret)
        (run.path / "config.json").rename(tmp_path / "config.json")
        (run.path / "config.json").symlink_to(tmp_path / "config.json")
        with pytest.raises(MtlDemoError, match="holds metrics of a run but no config"):
            import_runs(run.path, runs_dir)


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtldemo.data.archive.RATIO_FROM", 2**20)
    data = packed(made(tmp_path / "old").path, extra=[("log2.txt", b"\0" * 2**22)])
    with pytest.raises(MtlDemoError, match="unpacks to more than 200 times its size"):
        import_runs(data, runs_dir, name="bomb.zip")
    monkeypatch.setattr(import_source, "MAX_FILES", 2)
    with pytest.raises(MtlDemoError, match="more than 2 files"):
        import_runs(tmp_path / "old", runs_dir)


def test_a_damaged_archive_is_said_and_leaves_nothing(tmp_path: Path, runs_dir: Path) -> None:
    made(tmp_path / "old", "one")
    run = made(tmp_path / "old", "two")
    marks = "".join(f"{number:x}" for number in range(5000))
    run.log(marks)
    data = bytearray(packed(tmp_path / "old").getvalue())
    middle = data.find(b"two/log.txt") + 2000
    data[middle : middle + 20] = bytes(20)
    with pytest.raises(MtlDemoError, match=r"broken\.zip is damaged"):
        import_runs(io.BytesIO(data), runs_dir, name="broken.zip")
    assert not list(runs_dir.iterdir())


def test_a_locked_archive_is_said(tmp_path: Path, runs_dir: Path) -> None:
    data = bytearray(packed(made(tmp_path / "old").path).getvalue())
    place = data.find(b"PK\x01\x02")
    data[place + 8] |= 1
    with pytest.raises(MtlDemoError, match="locked with a password"):
        import_runs(io.BytesIO(data), runs_dir, name="locked.zip")
