"""Pictures in a ``.zip``."""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mtldemo.data import decode, picture_files
from mtldemo.data.archive import DAMAGE, ArchiveSource, safe_name
from mtldemo.data.source import Picture, too_large

_HEADER = struct.Struct("<4s22xHH")
"""A member's own header: its mark, then the lengths of its name and of what extends it."""
_MEMBER = b"PK\x03\x04"
_END = b"PK\x05\x06"
_UTF8 = 0x800
_LOCKED = 0x1
_DESCRIPTOR = 24
"""Most bytes that may follow a member's data, with its size where that wasn't known before."""


class ZipSource(ArchiveSource):
    """A ``.zip``; members are read in the order of their names. Its directory, at the end, is compared with what the
    file holds."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._members: list[tuple[str, zipfile.ZipInfo]] | None = None

    def pictures(self) -> Iterator[Picture]:
        try:
            with self.path.open("rb") as file, zipfile.ZipFile(file) as archive:
                self._members = self._list(archive, file)
                for name, info in self._members:
                    yield self._read(archive, name, info)
        except DAMAGE as error:
            raise self.damaged(error) from error

    def _list(self, archive: zipfile.ZipFile, file: BinaryIO) -> list[tuple[str, zipfile.ZipInfo]]:
        pictures: list[tuple[str, zipfile.ZipInfo]] = []
        self.ignored, self.left_out = 0, []
        infos = archive.infolist()
        size = self.path.stat().st_size
        self.check_count(len(infos))
        self.check_size(sum(info.file_size for info in infos), size)
        members = [(safe_name(info.filename, f"The archive {self.path}"), info) for info in infos]
        _check_directory(infos, file, archive.start_dir, size)
        for name, info in members:
            if info.is_dir():
                continue
            if picture_files.is_picture(name):
                pictures.append((name, info))
            else:
                self.pass_over(name)
        return sorted(pictures, key=lambda item: item[0])

    def _read(self, archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo) -> Picture:
        if info.file_size > decode.MAX_BYTES:
            return Picture(name, problem=too_large(info.file_size))
        if info.flag_bits & _LOCKED:
            return Picture(name, problem="the file is locked with a password")
        try:
            with archive.open(info) as file:
                return Picture(name, data=file.read(decode.MAX_BYTES))
        except Exception as error:  # noqa: BLE001 - each way of packing raises errors of its own kind
            return Picture(name, problem=f"the file is damaged inside the archive ({error})")

    def expected(self, read: int) -> int:
        return len(self._members) if self._members is not None else 0


def _check_directory(infos: list[zipfile.ZipInfo], file: BinaryIO, start: int, size: int) -> None:
    """Raise ``BadZipFile`` unless the directory, which begins at ``start``, lists everything that the ``file`` of
    ``size`` bytes holds, and by the names that the members have themselves."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        _check_gap(file, end, info.header_offset)
        file.seek(info.header_offset)
        mark, name_length, more = _HEADER.unpack(file.read(_HEADER.size))
        name = file.read(name_length).decode("utf-8" if info.flag_bits & _UTF8 else "cp437", errors="replace")
        if mark != _MEMBER or name != info.orig_filename:
            raise zipfile.BadZipFile(f"its directory and its member {info.filename!r} don't fit")
        end = info.header_offset + _HEADER.size + name_length + more + info.compress_size
    _check_gap(file, end, start)
    file.seek(start)
    tail = file.read(size - start)
    count = int.from_bytes(tail[(record := tail.rfind(_END)) + 10 : record + 12], "little")
    # A count of more than two bytes stands elsewhere.
    if count not in (len(infos) & 0xFFFF, 0xFFFF):
        raise zipfile.BadZipFile(f"its directory should list {count:,} members and lists {len(infos):,}")


def _check_gap(file: BinaryIO, start: int, end: int) -> None:
    """Raise ``BadZipFile`` where members overlap, or where one begins that the directory doesn't list."""
    if end < start:
        raise zipfile.BadZipFile("its members overlap")
    if end - start >= _HEADER.size:
        file.seek(start)
        if _MEMBER in file.read(min(_DESCRIPTOR + len(_MEMBER), end - start)):
            raise zipfile.BadZipFile("it holds files that its directory doesn't list, as in archives that were joined")
