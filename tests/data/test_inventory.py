"""The cache's content: listed, and removed unless someone uses it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mtldemo.config import DataConfig, SyntheticConfig
from mtldemo.data import cache, inventory, load
from tests.data.pictures import faces, lay, small

pytestmark = pytest.mark.usefixtures("own_folders")
DRAWN = DataConfig(image_size=16, synthetic=SyntheticConfig(images=60))


def aged(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def used_by(folder: Path, pid: int, ago: float = 0.0) -> None:
    """Let the process ``pid`` alone have used a set, so many seconds ago."""
    for mark in cache.marks(folder):
        mark.unlink()
    own = cache.marks_folder(folder) / f"{cache._machine()}-{pid}"
    own.touch()
    aged(own, ago)
    aged(folder, ago)


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    return child.pid


def test_an_empty_cache_has_nothing() -> None:
    assert inventory.cached_sets() == []
    assert inventory.clear() == ([], [])


def test_sets_are_listed_with_what_they_are(tmp_path: Path) -> None:
    source = lay(tmp_path / "set", faces(6))
    load(small(source))
    load(DRAWN)
    found = {(one.kind, one.image_size): one for one in inventory.cached_sets()}
    assert len(inventory.cached_sets()) == 3
    assert set(found) == {("prepared", 16), ("drawn", 0)}
    mine = next(one for one in inventory.cached_sets() if one.source == str(source))
    assert (mine.pictures, mine.image_size, mine.in_use) == (6, 16, True)
    assert mine.size > 6 * 16 * 16 * 3
    assert abs(mine.used - time.time()) < 60
    assert found["drawn", 0].pictures == 60


def test_what_this_process_uses_stays() -> None:
    load(DRAWN)
    removed, left = inventory.clear()
    assert (len(removed), len(left)) == (0, 2)
    assert len(load(DRAWN)) == 60


def test_what_nobody_uses_goes_and_is_made_again(gone: int) -> None:
    first = load(DRAWN)
    for one in inventory.cached_sets():
        used_by(one.folder, gone)
    pixels = first.pixels[:].copy()
    removed, left = inventory.clear()
    assert (len(removed), left) == (2, [])
    assert inventory.cached_sets() == []
    assert not list(cache.cache_dir().rglob(".building*"))
    assert (load(DRAWN).pixels == pixels).all()


def test_what_was_used_of_late_can_stay(gone: int) -> None:
    load(DRAWN)
    drawn, prepared = sorted(inventory.cached_sets(), key=lambda one: one.kind)
    used_by(drawn.folder, gone, ago=10 * inventory.DAY)
    used_by(prepared.folder, gone, ago=2 * inventory.DAY)
    removed, left = inventory.clear(unused_for=5 * inventory.DAY)
    assert [one.kind for one in removed] == ["drawn"]
    assert [one.kind for one in left] == ["prepared"]


def test_a_number_used_again_is_another_process() -> None:
    load(DRAWN)
    folder = inventory.cached_sets()[0].folder
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        used_by(folder, other.pid)
        assert cache.in_use(folder)
        used_by(folder, other.pid, ago=60)
        assert not cache.in_use(folder)
        other.communicate(b"\n")
    used_by(folder, other.pid)
    assert not cache.in_use(folder)


def test_another_machine_counts_for_two_days() -> None:
    load(DRAWN)
    folder = inventory.cached_sets()[0].folder
    for mark in cache.marks(folder):
        mark.unlink()
    mark = cache.marks_folder(folder) / "0badcafe-1"
    mark.touch()
    assert cache.in_use(folder)
    aged(mark, 3 * inventory.DAY)
    assert not cache.in_use(folder)


def test_marks_of_the_dead_are_taken_away(gone: int) -> None:
    load(DRAWN)
    folder = inventory.cached_sets()[0].folder
    used_by(folder, gone)
    cache.mark_used(folder)
    assert [mark.name.rpartition("-")[2] for mark in cache.marks(folder)] == [str(os.getpid())]


def test_half_made_and_uploaded_things_are_no_sets(tmp_path: Path) -> None:
    lay(cache.cache_dir(), {"prepared/half/pixels.npy": b"-", "uploads/mine.zip": b"-", "drawn/x/1_1_1_1.jpg": b"-"})
    assert inventory.cached_sets() == []
    inventory.clear()
    assert (cache.cache_dir() / "uploads" / "mine.zip").exists()
