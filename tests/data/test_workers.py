"""Worker processes give what this process gives, survive a crash and leave nothing behind."""

import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from mtldemo.data import load, prepare, workers
from mtldemo.data.chunk import decode_chunk
from mtldemo.data.source import Picture
from mtldemo.data.workers import CRASHED, Workers
from tests.data.pictures import faces, jpeg, lay, name, small


class Deadly:
    """Ends the process that unpacks it, as a flaw in a decoder could."""

    def __reduce__(self) -> Any:
        return os._exit, (3,)


def pictures() -> list[Picture]:
    bad = [Picture("no.jpg", data=jpeg(1)), Picture(name(50), data=b"-"), Picture(name(51), problem="a link")]
    return [*(Picture(file, data=data) for file, data in faces(4).items()), *bad]


def same(one: Any, other: Any) -> bool:
    return one.rows == other.rows and all(
        np.array_equal(getattr(one, part), getattr(other, part)) for part in ("pixels", "thumbs", "moments")
    )


def test_a_process_gives_what_this_one_gives() -> None:
    # A browser of another test may be among this process's children, too.
    before = set(psutil.Process().children())
    with Workers(1) as pool:
        for size in (16, 64):
            assert same(pool.decode(pictures(), size), decode_chunk(pictures(), size))
    assert set(psutil.Process().children()) <= before


def test_a_picture_that_ends_the_process_is_left_out_alone() -> None:
    deadly = Picture(name(9), data=Deadly())  # type: ignore[arg-type]
    with Workers(1) as pool:
        chunk = pool.decode([*pictures()[:2], deadly, *pictures()[2:4]], 16)
    assert len(chunk.pixels) == 4
    assert [row[2] for row in chunk.rows] == ["", "", CRASHED, "", ""]


def test_without_processes_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", none)
    with Workers(2) as pool:
        assert same(pool.decode(pictures(), 16), decode_chunk(pictures(), 16))


def test_a_set_prepared_by_processes_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small(lay(tmp_path / "set", faces(40)))
    here = load(config)
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "other"))
    monkeypatch.setattr(prepare, "_AT_HOME", 0)
    monkeypatch.setattr(prepare.cores, "usable", lambda: 2)
    monkeypatch.setattr(workers, "decode_chunk", None)
    there = load(config)
    assert there.key == here.key
    assert there.folder != here.folder
    assert (there.pixels == here.pixels).all()
    assert there.mean == here.mean
