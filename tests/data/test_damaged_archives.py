"""A damaged archive is refused, or its damaged pictures are rejects with a reason: never a smaller set in silence."""

import gzip
import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from mtldemo.data import load
from mtldemo.data.open_path import open_path
from mtldemo.errors import MtlDemoError
from tests.data.pictures import faces, name, small

COUNT = 6
FILES = {f"UTKFace/{file}": data for file, data in faces(COUNT).items()} | {"UTKFace/readme.txt": b"-"}
LONG = {f"{'deep' * 25}/{file}": data for file, data in faces(COUNT).items()}


def tar(files: dict[str, bytes], kind: int = tarfile.USTAR_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=kind) as archive:
        for file, data in files.items():
            member = tarfile.TarInfo(file)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for file, data in files.items():
            archive.writestr(file, data)
    return packed.getvalue()


WHOLE = {
    "ustar.tar": tar(FILES),
    "gnu.tar": tar(LONG, tarfile.GNU_FORMAT),
    "pax.tar": tar(LONG, tarfile.PAX_FORMAT),
    "set.tar.gz": gzip.compress(tar(FILES), mtime=0),
    "stored.zip": zipped(FILES),
    "deflated.zip": zipped(FILES, zipfile.ZIP_DEFLATED),
}
HEADERS = [at for at in range(0, len(WHOLE["ustar.tar"]), 512) if WHOLE["ustar.tar"][at + 257 : at + 262] == b"ustar"]


def read(path: Path) -> tuple[int, int]:
    """How many pictures are read and how many files are left out with a reason."""
    source = open_path(str(path))
    pictures = list(source.pictures())
    rejects = sum(bool(picture.problem) for picture in pictures)
    return len(pictures) - rejects, rejects + len(source.left_out)


@pytest.mark.parametrize("kind", WHOLE)
def test_whatever_is_damaged_no_picture_goes_missing_in_silence(tmp_path: Path, kind: str) -> None:
    whole, path, luck = WHOLE[kind], tmp_path / kind, random.Random(0)
    path.write_bytes(whole)
    assert read(path) == (COUNT, 0)
    refused = 0
    for number in range(300):
        at, data = luck.randrange(len(whole)), bytearray(whole)
        if number % 10 == 0:
            del data[at:]
        elif number % 10 == 1:
            data[at : at + 512] = bytes(len(data[at : at + 512]))
        else:
            data[at] ^= 1 << luck.randrange(8)
        path.write_bytes(data)
        try:
            good, left_out = read(path)
        except MtlDemoError:
            refused += 1
            continue
        assert good == COUNT or left_out, f"{COUNT - good} fewer pictures, damaged at {at} ({number})"
    assert refused > 30


@pytest.mark.parametrize("header", range(1, len(HEADERS)))
@pytest.mark.parametrize("place", [0, 100, 124, 148, 156, 257])
def test_one_bit_of_a_header_refuses_a_tar(tmp_path: Path, header: int, place: int) -> None:
    data = bytearray(WHOLE["ustar.tar"])
    data[HEADERS[header] + place] ^= 4
    path = tmp_path / "set.tar"
    path.write_bytes(data)
    with pytest.raises(MtlDemoError, match=r"^The archive .* is damaged \(.*bytes from its beginning\); get it again"):
        load(small(path))


def zip_without_its_first_entry(whole: bytes) -> bytes:
    """A directory that lists one file less than there are, and says so consistently."""
    start = whole.index(b"PK\x01\x02")
    second, end = whole.index(b"PK\x01\x02", start + 4), whole.rindex(b"PK\x05\x06")
    tail = bytearray(whole[end:])
    for at in (8, 10):
        tail[at] -= 1
    tail[12:16] = (end - second).to_bytes(4, "little")
    return whole[:start] + whole[second:end] + bytes(tail)


@pytest.mark.parametrize(
    ("ending", "data", "words"),
    [
        ("tar", WHOLE["ustar.tar"][: HEADERS[3]], "empty header"),
        ("tar", WHOLE["ustar.tar"] * 2, "more follows behind its end"),
        ("tar", WHOLE["ustar.tar"] + b"x", "more follows behind its end"),
        ("tar.gz", gzip.compress(WHOLE["ustar.tar"]) * 2, "more follows behind its end"),
        ("tar.gz", WHOLE["set.tar.gz"][:-8] + bytes(8), "CRC check failed"),
        ("tar.gz", WHOLE["set.tar.gz"][:-4], "ended before"),
        ("zip", WHOLE["stored.zip"] * 2, "doesn't list"),
        ("zip", zip_without_its_first_entry(WHOLE["stored.zip"]), "doesn't list"),
        ("zip", WHOLE["stored.zip"][:-1], "not a zip file"),
    ],
    ids=["cut between", "joined", "garbage", "joined gz", "checksum", "cut", "joined zip", "unlisted", "cut zip"],
)
def test_what_is_missing_or_too_much_is_refused(tmp_path: Path, ending: str, data: bytes, words: str) -> None:
    path = tmp_path / f"set.{ending}"
    path.write_bytes(data)
    with pytest.raises(MtlDemoError, match=f"is damaged .*{words}"):
        load(small(path))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\n <!DOCTYPE html><html><body>Sign in</body>", "is a web page"),
        ("<!DOCTYPE html><html>".encode("utf-16"), "is a web page"),
        (b"<script>location = '/login'</script>", "is a web page"),
        (b"", "it is empty"),
        (b"Rar!\x1a\x07\x00", "is a .rar archive"),
        (b"\xff\xd8\xff\xe0", "is a picture"),
        (b"anything else", "get it again"),
    ],
    ids=["page", "utf-16", "script", "empty", "rar", "picture", "else"],
)
def test_what_is_no_archive_is_called_what_it_is(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "UTKFace.zip"
    path.write_bytes(data)
    with pytest.raises(MtlDemoError, match=words) as caught:
        load(small(path))
    assert "neither a folder nor a .zip" in str(caught.value)


def test_archives_in_an_archive_are_named(tmp_path: Path) -> None:
    path = tmp_path / "outer.zip"
    path.write_bytes(zipped(FILES | {"part2.tar.gz": WHOLE["set.tar.gz"]}))
    rejects = load(small(path)).rejects
    assert rejects["file"].tolist() == ["part2.tar.gz"]
    assert "unpack the outer one" in rejects["reason"][0]
    path.write_bytes(zipped({"part1.tar.gz": WHOLE["set.tar.gz"]}))
    with pytest.raises(MtlDemoError, match=r"left out is part1\.tar\.gz: an archive inside the archive"):
        load(small(path))


def test_a_folder_of_archives_is_one_data_set(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    for part in range(3):
        files = {f"part{part + 1}/{name(number)}": faces(9)[name(number)] for number in range(3 * part, 3 * part + 3)}
        (folder / f"part{part + 1}.tar.gz").write_bytes(gzip.compress(tar(files)))
    dataset = load(small(folder))
    assert (len(dataset), dataset.name) == (9, "release")
    assert "3 archives are read as one data set: part1.tar.gz, part2.tar.gz, part3.tar.gz" in dataset.notice
    (folder / "part3.tar.gz").write_bytes((folder / "part3.tar.gz").read_bytes()[:-9])
    with pytest.raises(MtlDemoError, match=r"part3\.tar\.gz is damaged"):
        load(small(folder))
