"""Sources: what is found, what is said about a wrong one, and what is remembered."""

import io
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mtldemo.data import add_source, add_upload, cache_dir, known_sources, load
from mtldemo.data.open_path import open_path
from mtldemo.errors import MtlDemoError
from tests.data.pictures import faces, jpeg, lay, name, small


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda place: place / "nowhere", "There is no data set at"),
        (lambda place: "", "No data set is named"),
        (lambda place: "a\0b", "can't be opened|no data set at"),
        (lambda place: lay(place / "empty", {"x/note.txt": b"-"}), "holds no pictures"),
        (lambda place: lay(place / "packed", {"part1.tar.gz": b"-"}), "it holds part1.tar.gz: choose that file"),
        (lambda place: lay(place, {"one.jpg": jpeg(1)}) / "one.jpg", "neither a folder nor a .zip"),
    ],
    ids=["nowhere", "no name", "null byte", "empty", "archive inside", "one picture"],
)
def test_a_wrong_source_is_said_in_one_sentence(tmp_path: Path, make: Callable[[Path], Path | str], said: str) -> None:
    with pytest.raises(MtlDemoError, match=said) as caught:
        load(small(make(tmp_path)))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may read everything")
def test_an_unreadable_file_is_a_row_in_the_rejects(tmp_path: Path) -> None:
    folder = lay(tmp_path / "set", faces())
    (folder / name(3)).chmod(0)
    assert "can't be opened" in load(small(folder)).rejects["reason"][0]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")
def test_a_broken_link_is_a_row_and_a_circle_is_no_trap(tmp_path: Path) -> None:
    folder = lay(tmp_path / "set", faces())
    (folder / name(50)).symlink_to(tmp_path / "gone.jpg")
    (folder / "again").symlink_to(folder)
    dataset = load(small(folder))
    assert len(dataset) == 12
    assert "can't be opened" in dataset.rejects["reason"][0]


def test_the_fingerprint_follows_changes(tmp_path: Path) -> None:
    folder = lay(tmp_path / "set", faces())
    before = open_path(str(folder)).fingerprint()
    assert open_path(str(folder)).fingerprint() == before
    (folder / name(1)).write_bytes(jpeg(1) + b"-")
    assert open_path(str(folder)).fingerprint() != before


def test_added_sources_are_remembered_newest_first(tmp_path: Path) -> None:
    assert known_sources() == ["synthetic", "shapes"]
    one, two = (str(lay(tmp_path / place, faces(3)).resolve()) for place in ("one", "two"))
    assert add_source(one) == one
    assert add_source(two + "/") == two
    assert add_source(one) == one
    assert known_sources() == ["synthetic", "shapes", one, two]
    (cache_dir() / "added.json").write_text("not JSON")
    assert known_sources() == ["synthetic", "shapes"]


def test_only_sources_with_pictures_can_be_added(tmp_path: Path) -> None:
    with pytest.raises(MtlDemoError, match="no data set at"):
        add_source(str(tmp_path / "nowhere"))
    assert known_sources() == ["synthetic", "shapes"]


def test_archives_of_the_data_folder_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = lay(tmp_path / "data", {"deep/faces.tar.gz": b"-", "b.zip": b"-", "c.txt": b"-"})
    monkeypatch.setenv("MTLDEMO_DATA", str(place))
    assert [Path(path).name for path in known_sources()] == ["synthetic", "shapes", "b.zip", "faces.tar.gz"]


def zipped(files: dict[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    packed.seek(0)
    return packed


def test_an_upload_is_kept_below_the_cache(tmp_path: Path) -> None:
    kept = add_upload("C:\\mine\\faces.zip", zipped(faces(3)))
    assert Path(kept) == (cache_dir() / "uploads" / "faces.zip").resolve()
    assert known_sources() == ["synthetic", "shapes", kept]
    assert add_upload("faces.zip", zipped(faces(3))) == kept


def test_another_upload_of_the_same_name_is_kept_beside_the_first(tmp_path: Path) -> None:
    sets = [add_upload("archive.zip", zipped(faces(count))) for count in (3, 4, 5, 4, 3)]
    assert [Path(kept).name for kept in sets[:3]] == ["archive.zip", "archive-2.zip", "archive-3.zip"]
    assert sets[3:] == [sets[1], sets[0]], "the same content is kept once"
    assert [len(load(small(kept))) for kept in sets[:3]] == [3, 4, 5]
    assert known_sources() == ["synthetic", "shapes", sets[0], sets[1], sets[2]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (io.BytesIO(b"no archive"), r"^faces\.zip is neither a folder nor a \.zip"),
        (zipped({"note.txt": b"-"}), r"^faces\.zip holds no pictures"),
        (io.BytesIO(zipped(faces(3)).getvalue()[:-9]), r"^The archive faces\.zip is damaged"),
        (zipped({"../1_1_1_1.jpg": b"-"}), r"^The archive faces\.zip is refused"),
    ],
    ids=["no archive", "no pictures", "cut off", "points outside"],
)
def test_a_bad_upload_leaves_the_earlier_one(tmp_path: Path, content: io.BytesIO, said: str) -> None:
    kept = Path(add_upload("faces.zip", zipped(faces(3))))
    before = kept.read_bytes()
    with pytest.raises(MtlDemoError, match=said):
        add_upload("../faces.zip", content)
    assert kept.read_bytes() == before
    assert list(kept.parent.iterdir()) == [kept]
