"""Archives: read as they are, and refused in one sentence when they are broken or mean harm."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mtldemo.data import archive, decode, load
from mtldemo.data.open_path import open_path
from mtldemo.errors import MtlDemoError
from tests.data.pictures import faces, jpeg, name, small

Pack = Callable[[Path, dict[str, bytes]], Path]


def as_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as packed:
        for file, data in files.items():
            packed.writestr(file, data)
    return path.with_suffix(".zip")


def as_tar(path: Path, files: dict[str, bytes], ending: str = ".tar") -> Path:
    target = path.with_name(path.name + ending)
    with tarfile.open(target, "w:gz" if ending.endswith("gz") else "w") as packed:
        for file, data in files.items():
            member = tarfile.TarInfo(file)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    return target


def as_tar_gz(path: Path, files: dict[str, bytes]) -> Path:
    return as_tar(path, files, ".tar.gz")


PACKS = pytest.mark.parametrize("pack", [as_zip, as_tar, as_tar_gz])


@PACKS
def test_pictures_at_any_depth_are_read(tmp_path: Path, pack: Pack) -> None:
    files = {"set/a.txt": b"-", "set/__MACOSX/x.jpg": b"-"}
    files |= {f"set/{'deep/' * (number % 3)}{file}": data for number, (file, data) in enumerate(faces().items())}
    dataset = load(small(pack(tmp_path / "set", files)))
    assert len(dataset) == 12
    assert dataset.ignored == 2
    assert dataset.name == "set"
    assert not dataset.table["file"].str.startswith("set/").any()


@PACKS
@pytest.mark.parametrize("bad", ["../out.jpg", "/tmp/out.jpg", "a/../../out.jpg", "..\\out.jpg", "C:\\out.jpg"])
def test_a_path_that_points_outside_refuses_the_archive(tmp_path: Path, pack: Pack, bad: str) -> None:
    before = set(tmp_path.rglob("*"))
    path = pack(tmp_path / "set", faces() | {bad: jpeg(99)})
    with pytest.raises(MtlDemoError, match="points outside"):
        load(small(path))
    left = {item for item in set(tmp_path.rglob("*")) - before if item.is_file()}
    assert left == {path}


def test_too_much_is_a_ratio_of_more_than_a_few_bytes() -> None:
    few = archive.RATIO_FROM
    assert not archive.unpacks_to_too_much(few, 1, 50)
    assert archive.unpacks_to_too_much(few + 1, 0, 50)
    assert not archive.unpacks_to_too_much(50 * few, few, 50)
    assert archive.unpacks_to_too_much(50 * few + 1, few, 50)
    assert not archive.unpacks_to_too_much(50 * few + 1, few, 200)


@PACKS
def test_a_bomb_is_refused(tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "RATIO_FROM", 2**20)
    path = pack(tmp_path / "set", {name(0): bytes(8 * 2**20)})
    if pack is as_tar:  # A plain archive can't unpack to more than its size; its member is too large instead.
        monkeypatch.setattr(decode, "MAX_BYTES", 2**20)
        with pytest.raises(MtlDemoError, match="8 MB"):
            load(small(path))
    else:
        with pytest.raises(MtlDemoError, match="more than 50 times its size"):
            load(small(path))


@PACKS
def test_too_many_members_are_refused(tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 5)
    with pytest.raises(MtlDemoError, match="more than 5 members"):
        load(small(pack(tmp_path / "set", faces())))


@PACKS
def test_a_cut_off_archive_is_called_damaged(tmp_path: Path, pack: Pack) -> None:
    path = pack(tmp_path / "set", faces())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MtlDemoError, match="is damaged"):
        load(small(path))


@PACKS
def test_an_archive_without_pictures(tmp_path: Path, pack: Pack) -> None:
    with pytest.raises(MtlDemoError, match="holds no pictures"):
        load(small(pack(tmp_path / "set", {"readme.txt": b"nothing"})))


@pytest.mark.parametrize(
    "data", [b"", b"plain text", gzip.compress(b"no archive" * 99, mtime=0)], ids=["empty", "text", "gzip"]
)
def test_a_file_that_is_no_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file.tar.gz"
    path.write_bytes(data)
    with pytest.raises(MtlDemoError, match=r"neither a folder nor|is damaged"):
        load(small(path))


def test_a_member_that_is_twice_in_an_archive_is_read_once(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "set.tar", "w") as packed:
        for file, data in [*faces().items(), (name(3), jpeg(77))]:
            member = tarfile.TarInfo(file)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    dataset = load(small(tmp_path / "set.tar"))
    assert len(dataset) == 12
    assert dataset.rejects["reason"].tolist() == ["the archive holds another file of this name"]


def test_a_link_is_a_row_in_the_rejects(tmp_path: Path) -> None:
    path = as_tar(tmp_path / "set", faces())
    with tarfile.open(path, "a") as packed:
        link = tarfile.TarInfo(name(50))
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)
    assert load(small(path)).rejects["reason"].tolist() == ["a link, not a file"]


def test_a_damaged_or_locked_zip_member_is_a_row_in_the_rejects(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "set", faces())
    with zipfile.ZipFile(path) as packed:
        spoilt, locked = packed.infolist()[3], packed.infolist()[4]
    data = bytearray(path.read_bytes())
    place = spoilt.header_offset + 30 + len(spoilt.filename) + 200
    data[place : place + 9] = bytes(9)
    # The lock is a bit in the member's entry of the directory at the end.
    entry = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02"))
    while data[entry + 46 : entry + 46 + len(locked.filename)] != locked.filename.encode():
        entry = data.index(b"PK\x01\x02", entry + 4)
    data[entry + 8] |= 1
    path.write_bytes(data)
    reasons = load(small(path)).rejects.set_index("file")["reason"]
    assert "damaged inside the archive" in reasons[spoilt.filename]
    assert "password" in reasons[locked.filename]


def test_a_stream_keeps_nothing_of_what_it_read(tmp_path: Path) -> None:
    source = open_path(str(as_tar_gz(tmp_path / "set", faces())))
    assert [picture.name for picture in source.pictures()] == list(faces())
    assert source.expected(12) >= 12
