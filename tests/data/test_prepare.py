"""Preparing: once, whole or not at all, and a sentence for whatever stands in its way."""

import errno
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtldemo.data import checksums, decode, load, prepare
from mtldemo.data.dataset import DamagedError, read
from mtldemo.data.labels.utkface import UtkfaceNames
from mtldemo.data.source import FolderSource
from mtldemo.errors import MtlDemoError
from tests.data.pictures import faces, jpeg, lay, name, small


def prepared(cache: Path) -> list[Path]:
    return sorted((cache / "prepared").iterdir()) if (cache / "prepared").exists() else []


def test_pixels_labels_and_rejects_fit_together(tmp_path: Path) -> None:
    files = faces(10)
    bad = {"39_1_20170116174525125.jpg.chip.jpg": jpeg(50), name(60): jpeg(60)[:300], "note.txt": b"-"}
    dataset = load(small(lay(tmp_path / "set", files | bad), image_size=32))
    assert dataset.pixels.shape == (10, 32, 32, 3)
    assert not dataset.pixels.flags.writeable
    for row, (file, age, gender, ethnicity) in enumerate(
        zip(*(dataset.table[column].tolist() for column in ("file", "age", "gender", "ethnicity")), strict=True)
    ):
        assert (dataset.pixels[row] == np.asarray(decode.decode(files[file], 32))).all()
        assert [age, gender, ethnicity] == [int(part) for part in file.split("_")[:3]]
    assert sorted(dataset.rejects["file"]) == sorted(set(bad) - {"note.txt"})
    train = dataset.pixels[dataset.indices("train")] / 255
    np.testing.assert_allclose(dataset.mean, train.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(dataset.std, train.std((0, 1, 2)), rtol=1e-6)


def test_the_second_time_nothing_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small(lay(tmp_path / "set", faces()))
    first = load(config)
    monkeypatch.setattr(decode, "decode", None)
    again = load(config)
    assert again.key == first.key
    pd.testing.assert_frame_equal(again.table, first.table)
    assert again.mean == first.mean


def test_content_decides_not_place_order_or_time(tmp_path: Path, cache: Path) -> None:
    files = faces()
    one = load(small(lay(tmp_path / "one", files)))
    other = load(small(lay(tmp_path / "two" / "deeper", dict(reversed(files.items())))))
    assert one.key == other.key
    assert len(prepared(cache)) == 1
    lay(tmp_path / "one", {name(3): jpeg(333)})
    assert load(small(tmp_path / "one")).key != one.key


def test_every_size_has_the_same_groups_and_split(tmp_path: Path) -> None:
    files = {name(number): jpeg(number % 9, side=150, quality=70 + number) for number in range(20)}
    folder = lay(tmp_path / "set", files)
    tables = [load(small(folder, image_size=size)).table for size in (16, 64, 144)]
    assert len(set(tables[0]["group"].tolist())) == 9
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])


def test_progress_counts_up_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    load(small(lay(tmp_path / "set", faces())), progress=lambda *step: told.append(step))
    assert ("Preparing pictures", 12, 12) in told
    assert told[-1] == ("Looking for duplicates", 12, 12)
    assert all(done <= total for _, done, total in told)


def test_work_that_is_stopped_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(small(lay(tmp_path / "set", faces())), progress=stop)
    assert prepared(cache) == []


KILLED = """
import sys, time
from mtldemo.config import DataConfig
from mtldemo.data import duplicates, load

def wait(*_):
    print("begun", flush=True)
    time.sleep(60)

duplicates.find_groups = wait
load(DataConfig(source=sys.argv[1], image_size=16))
"""


def test_a_killed_preparation_is_swept_and_done_again(tmp_path: Path, cache: Path) -> None:
    folder = lay(tmp_path / "set", faces())
    with subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"begun"
        child.kill()
    left = prepared(cache)
    assert [path.name.startswith(".building-") for path in left] == [True]
    assert len(load(small(folder))) == 12
    assert [path.name.startswith(".building-") for path in prepared(cache)] == [False]


def test_two_at_once_both_end_well(tmp_path: Path, cache: Path) -> None:
    config = small(lay(tmp_path / "set", faces()))
    with ThreadPoolExecutor(4) as pool:
        sets = list(pool.map(lambda _: load(config), range(4)))
    assert len({dataset.key for dataset in sets}) == 1
    assert all((dataset.pixels == sets[0].pixels).all() for dataset in sets)
    assert len(prepared(cache)) == 1


def one_bit(data: bytes) -> bytes:
    """``data`` with one bit in its middle flipped."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize("file", [*prepare.FILES, checksums.FILE])
@pytest.mark.parametrize("harm", ["cut", "gone", "empty", "flipped"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, file: str, harm: str) -> None:
    config = small(lay(tmp_path / "set", faces()))
    first = load(config)
    pixels = first.pixels.copy()  # a map of a file that is cut must not be touched
    assert first.folder is not None
    path = first.folder / file
    if harm == "gone":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[: 40 if path.suffix in (".npy", ".json") else 10])
    else:
        path.write_bytes(b"" if harm == "empty" else one_bit(path.read_bytes()))
    again = load(config)
    pd.testing.assert_frame_equal(again.table, first.table)
    assert (again.pixels == pixels).all()
    assert again.key == first.key
    assert ("made again from the data set" in again.notice) == (harm != "gone" or file == checksums.FILE)
    assert load(config).notice == ""


def test_a_damaged_set_whose_source_is_gone_is_said_in_words(tmp_path: Path) -> None:
    folder = lay(tmp_path / "set", faces())
    prepared = load(small(folder)).folder
    assert prepared is not None
    pixels = prepared / "pixels.npy"
    pixels.write_bytes(one_bit(pixels.read_bytes()))
    with pytest.raises(DamagedError, match=r"The prepared data in .* is damaged; delete that folder"):
        read(prepared, small(folder), "set")
    shutil.rmtree(folder)
    with pytest.raises(MtlDemoError, match="There is no data set at"):
        load(small(folder))


@pytest.mark.parametrize("harm", ["", "empty", "shape"])
def test_a_set_from_before_there_were_checksums_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    config = small(lay(tmp_path / "set", faces()))
    first = load(config)
    pixels = first.pixels.copy()
    assert first.folder is not None
    (first.folder / checksums.FILE).unlink()
    meta = json.loads((first.folder / "meta.json").read_text())
    del meta["checksums"], meta["note"]
    (first.folder / "meta.json").write_text(json.dumps(meta))
    if harm:
        path = first.folder / "pixels.npy"
        path.write_bytes(path.read_bytes().replace(b"16, 16", b"12, 12") if harm == "shape" else b"")
    else:
        monkeypatch.setattr(decode, "decode_with_notes", None)
    again = load(config)
    assert (again.pixels == pixels).all()
    assert bool(again.notice) is bool(harm)


def test_a_full_disk_is_said_in_words(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        MtlDemoError,
        match=r"^No room left .*, or name another folder in MTLDEMO_CACHE",
    ) as caught:
        load(small(lay(tmp_path / "set", faces())))
    assert "\n" not in str(caught.value)
    assert prepared(cache) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_real_full_disk_is_told_from_other_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Path.open

    def nowhere(path: Path, *options: object, **more: object) -> object:
        return open("/dev/full", "wb") if path.name == "pixels.npy" else plain(path, *options, **more)  # noqa: PTH123 # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", nowhere)
    with pytest.raises(MtlDemoError, match="No room left on the disk"):
        load(small(lay(tmp_path / "set", faces())))


def test_a_cache_that_can_t_be_written_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(MtlDemoError, match=r"\(not a directory\); .*, or name another folder in MTLDEMO_CACHE"):
        load(small(lay(tmp_path / "set", faces())))


def test_a_set_without_one_usable_picture_says_why(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(MtlDemoError, match=r"None of the 2 pictures .* can be used; the first, a.jpg: the name is not"):
        load(small(lay(tmp_path / "set", {"a.jpg": jpeg(1), "b.jpg": jpeg(2)})))
    assert prepared(cache) == []


def test_two_pictures_are_too_few(tmp_path: Path) -> None:
    with pytest.raises(MtlDemoError, match="at least 3 are needed"):
        load(small(lay(tmp_path / "set", faces(2))))


def test_a_source_may_skip_the_search_for_look_alikes(tmp_path: Path) -> None:
    files = {name(number): jpeg(1, quality=60 + number) for number in range(6)} | {name(9): jpeg(1, quality=60)}
    folder = lay(tmp_path / "set", files)
    told: list[int] = []
    for search in (True, False):
        place = prepare.prepare(
            FolderSource(folder, "set", near_duplicates=search), UtkfaceNames(), 16, lambda *_: None
        )
        told.append(len(set(pd.read_csv(place / "table.csv")["group"].tolist())))
        assert json.loads((place / "meta.json").read_text())["near_duplicates"] is search
    assert told == [1, 6]


def test_a_prepared_set_is_loaded_without_decoding_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small(lay(tmp_path / "set", faces()))
    first = load(config)
    monkeypatch.setattr(prepare, "Workers", None)
    assert load(config).key == first.key
