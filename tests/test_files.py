"""Files come into their place whole, and what the disk refuses is said in one way."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mtldemo import files
from mtldemo.data import cache
from mtldemo.errors import MtlDemoError
from mtldemo.model.files import save_model
from mtldemo.training import checkpoint


@pytest.mark.parametrize(("windows", "refusals", "written"), [(True, 3, True), (True, 99, False), (False, 1, False)])
def test_a_file_that_is_being_read_is_waited_for_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, windows: bool, refusals: int, written: bool
) -> None:
    plain, tried = Path.replace, []

    def replace(self: Path, target: Path) -> Path:
        tried.append(target)
        if len(tried) <= refusals:
            raise PermissionError(errno.EACCES, "it is being read")
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(files, "WINDOWS", windows)
    monkeypatch.setattr(files, "PAUSE", 0.0)
    target = tmp_path / "model"
    target.write_bytes(b"old")
    if written:
        files.write_atomic(target, b"new")
    else:
        with pytest.raises(MtlDemoError, match="may not be read or written; change its permissions"):
            files.write_atomic(target, b"new")
    assert target.read_bytes() == (b"new" if written else b"old")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


WRITERS: tuple[Callable[[Path], object], ...] = (
    lambda path: files.write_atomic(path, b"new"),
    lambda path: files.write_json(path, {"new": 1}),
    lambda path: cache.write_values(path, {"new": 1}),
    lambda path: save_model(path, {}, {}),
    lambda path: checkpoint.save(path, {"new": 1}),
)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("write", WRITERS)
def test_every_writer_leaves_the_old_file_and_says_why_in_the_same_words(
    write: Callable[[Path], object], number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(MtlDemoError) as caught:
        write(path)
    start, _, _ = files.disk_sentence(OSError(number, os.strerror(number)), path).rpartition(", or ")
    assert str(caught.value).startswith(f"{start}, or ")
    assert path.read_bytes() == b"old"
    assert [left.name for left in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("durable", [False, True])
def test_only_what_is_durable_is_brought_to_the_disk(
    durable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(files.os, "fsync", synced.append)
    files.write_atomic(tmp_path / "file", b"new", durable=durable)
    assert len(synced) == (2 if durable else 0)  # the file and its folder
