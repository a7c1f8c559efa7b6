"""What is listed below a folder, and under which names."""

import os
from pathlib import Path

import pytest

from mtldemo.data.decode import UnreadableError
from mtldemo.data.labels.folder_listing import FolderListing
from mtldemo.data.labels.recognise import recognise
from mtldemo.data.source import FolderSource
from mtldemo.errors import MtlDemoError


def _listing(root: Path, *names: str) -> FolderListing:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    listing = FolderListing(root)
    listing.list_below()
    return listing


def test_pictures_are_known_by_their_endings_and_folders_by_being_some(tmp_path: Path) -> None:
    pictures = {"a.jpg", "b/c.JPG", "b/d.Jpeg", "b/e.png", "holiday.jpg/f.bmp"}
    others = {"labels.csv", "b/readme", "b/g.jpg.txt"}
    hidden = {".a.jpg", ".hidden/a.jpg", "__MACOSX/a.jpg", "b/.h.png", "b/.i.csv"}
    listing = _listing(tmp_path, *pictures, *others, *hidden)
    assert set(listing.pictures) == set(listing.array.to_pylist()) == pictures
    assert set(listing.others) == others
    assert set(listing.sample(2)) <= pictures


def test_the_folder_itself_is_listed_before_those_below(tmp_path: Path) -> None:
    _listing(tmp_path, "labels.csv", "a.jpg", "b/c.jpg", "b/more.csv")
    listing = FolderListing(tmp_path)
    assert listing.others == ["labels.csv"]
    listing.list_below()
    assert (sorted(listing.others), sorted(listing.pictures)) == (["b/more.csv", "labels.csv"], ["a.jpg", "b/c.jpg"])


def test_links_are_followed_once_and_never_upwards(tmp_path: Path) -> None:
    root = tmp_path / "set"
    _listing(root, "z/a.jpg")
    (root / "a").symlink_to(root / "z")
    (root / "loop").symlink_to(tmp_path)
    listing = _listing(root)
    assert listing.pictures == ["z/a.jpg"]
    assert listing.left_out == [("loop/", "a link to a folder that this one lies in is not followed")]


def test_what_cannot_be_read_is_alone_in_that(tmp_path: Path) -> None:
    """A link that leads to itself, and a pipe, which would be waited for without end."""
    names = [f"{number}.png" for number in range(12)]
    _listing(tmp_path, *names)
    for loop in ("loop", "loop.png"):
        (tmp_path / loop).symlink_to(loop)
    for pipe in ("pipe.csv", "pipe.json", "pipe.parquet", "pipe.png"):
        os.mkfifo(tmp_path / pipe)
    named = [*names, "loop.png", "pipe.png"]
    (tmp_path / "labels.csv").write_text("path,type\n" + "".join(f"{name},{name < '4'}\n" for name in named))
    found = recognise(tmp_path)
    assert found is not None
    assert found.labels.tasks.names == ("type",)
    pictures = {picture.name: picture for picture in found.source.pictures()}
    for name in ("loop.png", "pipe.png"):
        with pytest.raises(UnreadableError):
            pictures[name].read()
    assert sorted(picture.name for picture in FolderSource(tmp_path, "set").pictures()) == sorted(named)
    (tmp_path / "labels.csv").unlink()
    with pytest.raises(MtlDemoError, match="no file, but a pipe or a device"):
        recognise(tmp_path)


@pytest.mark.parametrize("name", ["plain/a\n.jpg", "odd\n/a.jpg", "odd\n/below/a.jpg"])
def test_what_cannot_be_shown_as_it_is_called_is_read_all_the_same(tmp_path: Path, name: str) -> None:
    listing = _listing(tmp_path, name)
    assert listing.pictures == [name.replace("\n", "\\n")]
    (picture,) = listing.source(listing.array, "set").pictures()
    assert picture.read() == name.encode()


def test_what_is_read_ahead_is_complained_of_as_ever(tmp_path: Path) -> None:
    _listing(tmp_path, "images/a.jpg", "images/b.jpg")
    (tmp_path / "labels.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(MtlDemoError, match=r"labels\.csv is no text file, whatever its name"):
        recognise(tmp_path)
