"""What people have in a folder beside plain pictures: links, pipes, locked folders, and names from other systems."""

import os
import socket
import sys
from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.config import DataConfig
from mtldemo.data import load
from mtldemo.data.picture_files import EXTENSIONS
from mtldemo.data.source import open_path
from mtldemo.preparation import PreparationJob, work
from mtldemo.runs.files import read_json, write_json
from mtldemo.titles import source_title
from tests.data.pictures import faces, jpeg, lay, name, small

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these links, pipes and names are those of Unix")


def rejects(dataset_folder: Path) -> dict[str, str]:
    dataset = load(small(dataset_folder))
    return dict(zip(dataset.rejects["file"], dataset.rejects["reason"], strict=True))


def test_linked_folders_are_followed_once(tmp_path: Path) -> None:
    folder = lay(tmp_path / "set", faces(4))
    outside = lay(tmp_path / "outside", {f"deep/{name(number)}": jpeg(number) for number in range(4, 12)})
    (folder / "a-link").symlink_to(outside)
    (folder / "same").symlink_to(outside)
    (outside / "deep" / "circle").symlink_to(outside)
    (outside / "deep" / "set").symlink_to(folder)
    dataset = load(small(folder))
    assert (len(dataset), dataset.copies, len(dataset.rejects)) == (12, 0, 0)
    assert sum(file.startswith("a-link/deep/") for file in dataset.table["file"]) == 8


def test_a_folder_goes_by_its_own_name_where_a_link_leads_to_it_too(tmp_path: Path) -> None:
    folder = lay(tmp_path / "set", {f"z/{file}": data for file, data in faces(4).items()})
    before = [picture.name for picture in open_path(str(folder)).pictures()]
    (folder / "a").symlink_to(folder / "z")
    assert [picture.name for picture in open_path(str(folder)).pictures()] == before


def test_what_is_not_followed_or_not_there_is_said(tmp_path: Path) -> None:
    folder = lay(tmp_path / "set", faces(4) | {"more.zip": b"-", "34_1_0_20170110224500000.gif": b"-"})
    (folder / "up").symlink_to(tmp_path)
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    assert rejects(folder) == {
        "up/": "a link to a folder that this one lies in is not followed",
        "gone": "a link to something that isn't there",
        "more.zip": "an archive beside pictures is not read; choose it alone",
        "34_1_0_20170110224500000.gif": "named like a picture of the set, but its ending is none of "
        + ", ".join(EXTENSIONS),
    }


def test_what_is_left_out_is_no_part_of_the_content(tmp_path: Path) -> None:
    folder = lay(tmp_path / "set", faces(4))
    before = load(small(folder)).key
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    assert load(small(folder)).key == before


def test_a_pipe_or_a_socket_is_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = lay(tmp_path / "set", faces(4))
    os.mkfifo(folder / "a.jpg")
    monkeypatch.chdir(folder)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("b.jpg")
        found = rejects(folder)
    assert set(found) == {"a.jpg", "b.jpg"}
    assert all(reason.startswith("not a regular file") for reason in found.values())


def test_one_locked_folder_leaves_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = lay(tmp_path / "set", faces(4) | {f"locked/{name(9)}": jpeg(9)})
    plain = os.scandir

    def scandir(path: str | Path) -> "os._ScandirIterator[str]":
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert rejects(folder) == {"locked/": "the folder can't be opened (Permission denied)"}


@pytest.mark.parametrize("ending", ["jfif", "jpe", "JPG", "JFIF", "Jpeg"])
def test_all_endings_of_jpeg_are_read(tmp_path: Path, ending: str) -> None:
    files = {file.replace("jpg.chip.jpg", ending): data for file, data in faces(4).items()}
    assert len(load(small(lay(tmp_path / "set", files)))) == 4


ODD = {
    b"caf\xe9/" + name(3).encode(): "caf\\xe9/" + name(3),
    b"4_0_1_2017011022000\xff.jpg": "4_0_1_2017011022000\\xff.jpg",
    b"line\nbreak\x1b[2J.jpg": "line\\nbreak\\x1b[2J.jpg",
}


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder with a name, and with names in it, that aren't UTF-8 or hold control characters."""
    folder = lay(tmp_path / os.fsdecode(b"mus\xe9e"), faces(3))
    for file in ODD:
        path = folder / os.fsdecode(file)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(jpeg(len(file)))
    return folder


def test_names_that_are_no_letters_are_read_and_can_be_shown(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = load(small(odd))
    assert dataset.name == "mus\\xe9e"
    assert set(dataset.table["file"]) == {*list(faces(3)), "caf\\xe9/" + name(3)}
    assert set(dataset.rejects["file"]) == {"4_0_1_2017011022000\\xff.jpg", "line\\nbreak\\x1b[2J.jpg"}
    assert main(["data", str(odd), "--image-size", "16", "--json", "--out", str(odd / "out")]) == 0
    assert main(["data", str(odd), "--image-size", "16"]) == 0
    printed = capsys.readouterr().out
    printed.encode()
    assert "\x1b[2J" not in printed


def test_they_are_prepared_for_the_page_too(odd: Path, cache: Path) -> None:
    job = PreparationJob(small(odd), cache)
    assert work(job.config, job.file).state == "done"
    gone = DataConfig(source=str(odd / os.fsdecode(b"\xe9")))
    failed = work(gone, PreparationJob(gone, cache).file)
    failed.message.encode()
    assert "\\xe9" in failed.message
    source_title(str(odd)).encode()


def test_a_run_keeps_the_path_of_such_a_folder(odd: Path) -> None:
    write_json(odd / "config.json", {"source": str(odd)})
    assert read_json(odd / "config.json", names=True) == {"source": str(odd)}
