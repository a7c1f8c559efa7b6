import os
from pathlib import Path

import pytest

from mtldemo.config import RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder, notes


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return RunFolder.create(tmp_path, RunConfig(), "mine").path


def test_a_run_has_none_at_first(run: Path) -> None:
    assert notes.read(run) == notes.Notes()


def test_what_was_written_comes_back_tidied(run: Path) -> None:
    kept = notes.write(run, "  Größer, \r\n zweite Zeile\n\n", ["good", " to  keep", "Good", "", "a,b"])
    assert kept == notes.Notes("Größer,\n zweite Zeile", ("good", "to keep", "a b"))
    assert notes.read(run) == kept
    assert notes.write(run, "") == notes.read(run) == notes.Notes()


@pytest.mark.parametrize(
    ("text", "tags", "words"),
    [
        ("x" * 10_001, [], "at most 10,000 characters; this one has 10,001"),
        ("", ["y" * 41], "A tag has at most 40 characters"),
        ("", [f"tag {number}" for number in range(21)], "at most 20 tags; these are 21"),
    ],
)
def test_limits_are_said_and_keep_the_old_notes(run: Path, text: str, tags: list[str], words: str) -> None:
    notes.write(run, "old")
    with pytest.raises(MtlDemoError, match=words):
        notes.write(run, text, tags)
    assert notes.read(run).text == "old"


@pytest.mark.parametrize("content", ["{half", "[]", '{"text": 3}', '{"tags": "one"}', '{"tags": [1]}'])
def test_a_damaged_file_is_said(run: Path, content: str) -> None:
    (run / "notes.json").write_text(content)
    with pytest.raises(MtlDemoError, match=r"notes\.json is damaged"):
        notes.read(run)
    assert notes.write(run, "new") == notes.read(run)


def test_a_run_of_the_program_is_read_only(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "PROGRAM", run.parent)
    with pytest.raises(MtlDemoError, match="'mine' comes with the program and is read-only"):
        notes.write(run, "mine now")
    assert not (run / "notes.json").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_said(run: Path) -> None:
    run.chmod(0o500)
    try:
        with pytest.raises(MtlDemoError, match="may not be read or written"):
            notes.write(run, "new")
    finally:
        run.chmod(0o700)


def test_a_run_that_is_gone_is_said(run: Path) -> None:
    with pytest.raises(MtlDemoError, match="There is no run 'other' any more"):
        notes.write(run.parent / "other", "new")
