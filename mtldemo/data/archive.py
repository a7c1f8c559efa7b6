"""Pictures in a ``.zip``, ``.tar`` or ``.tar.gz``, read as a stream: nothing is extracted to a disk.

A member with an absolute or ``..`` path and an archive that unpacks to far more than its size are refused as a whole.
"""

import gzip
import hashlib
import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from mtldemo.data import decode, names
from mtldemo.data.source import Picture, Source, too_large
from mtldemo.errors import MtlDemoError

MAX_MEMBERS = 2_000_000
MAX_RATIO = 50
"""Unpacked bytes for each packed one; pictures are packed already, so an honest archive stays near 1."""
RATIO_FROM = 64 * 2**20
"""Unpacked bytes from which the ratio counts."""

_DAMAGE = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,
    ValueError,
    struct.error,
)


def open_archive(path: Path) -> Source:
    """The archive at ``path``, told by its first bytes, not by its ending. Raises ``MtlDemoError`` for another file."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise MtlDemoError(f"The file {path} can't be opened ({error.strerror}).") from error
    name = re.sub(r"\.(zip|tar|tgz|tar\.gz)$", "", path.name, flags=re.IGNORECASE) or path.name
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return ZipSource(path, name)
    if head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar":
        return TarSource(path, name)
    raise MtlDemoError(f"{path} is neither a folder nor a .zip, .tar or .tar.gz file; choose one of these.")


def safe_name(name: str, label: str) -> str:
    """A member's name with plain slashes, without empty parts. Raises ``MtlDemoError``, which begins with ``label``,
    for one that points outside of its archive."""
    plain = name.replace("\\", "/")
    parts = plain.split("/")
    if plain.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", plain) or "\0" in plain:
        raise MtlDemoError(
            f"{label} is refused: its member {name!r} points outside of it; pack it again with plain relative names."
        )
    return "/".join(part for part in parts if part not in ("", "."))


class ArchiveSource(Source):
    """What both kinds of archive share: the fingerprint and the limits."""

    def fingerprint(self) -> str:
        stat = self.path.stat()
        told = f"archive:{self.path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}"
        return hashlib.sha256(told.encode(errors="replace")).hexdigest()

    def _check_size(self, unpacked: int, packed: int) -> None:
        if unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1):
            raise MtlDemoError(
                f"The archive {self.path} is refused: it unpacks to more than {MAX_RATIO} times its size, "
                "as pictures never do."
            )

    def _check_count(self, members: int) -> None:
        if members > MAX_MEMBERS:
            raise MtlDemoError(f"The archive {self.path} is refused: it has more than {MAX_MEMBERS:,} members.")

    def _damaged(self, error: Exception) -> MtlDemoError:
        return MtlDemoError(f"The archive {self.path} is damaged ({error or type(error).__name__}); get it again.")


class ZipSource(ArchiveSource):
    """A ``.zip``; members are read in the order of their names."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._members: list[tuple[str, zipfile.ZipInfo]] | None = None

    def _list(self, archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
        found: list[tuple[str, zipfile.ZipInfo]] = []
        self.ignored = 0
        infos = archive.infolist()
        self._check_count(len(infos))
        self._check_size(sum(info.file_size for info in infos), self.path.stat().st_size)
        for info in infos:
            name = safe_name(info.filename, f"The archive {self.path}")
            if info.is_dir():
                continue
            if names.is_picture(name):
                found.append((name, info))
            else:
                self.ignored += 1
        return sorted(found, key=lambda item: item[0])

    def pictures(self) -> Iterator[Picture]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                self._members = self._list(archive)
                for name, info in self._members:
                    yield self._read(archive, name, info)
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def _read(self, archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo) -> Picture:
        if info.file_size > decode.MAX_BYTES:
            return Picture(name, problem=too_large(info.file_size))
        if info.flag_bits & 0x1:
            return Picture(name, problem="the file is locked with a password")
        try:
            with archive.open(info) as file:
                return Picture(name, data=file.read(decode.MAX_BYTES))
        except Exception as error:  # noqa: BLE001 - each way of packing raises errors of its own kind
            return Picture(name, problem=f"the file is damaged inside the archive ({error})")

    def expected(self, read: int) -> int:
        return len(self._members) if self._members is not None else 0


class TarSource(ArchiveSource):
    """A ``.tar`` or ``.tar.gz``, read once from front to back."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._size = path.stat().st_size
        self._done = 0

    def pictures(self) -> Iterator[Picture]:
        self.ignored = 0
        members = 0
        try:
            with self.path.open("rb") as file:
                packed = file.peek(2)[:2] == b"\x1f\x8b"
                stream = _Counted(gzip.GzipFile(fileobj=file) if packed else file, file, self)
                with tarfile.open(fileobj=stream, mode="r|", bufsize=2**18) as archive:
                    for member in archive:
                        members += 1
                        self._check_count(members)
                        name = safe_name(member.name, f"The archive {self.path}")
                        self._done = file.tell()
                        if member.isdir():
                            continue
                        if not names.is_picture(name):
                            self.ignored += 1
                        else:
                            yield self._read(archive, member, name)
                        # The reader keeps every member it has met; a stream needs none of them again.
                        archive.members = []  # type: ignore[attr-defined]
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def _read(self, archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> Picture:
        if not member.isreg():
            return Picture(name, problem="a link, not a file")
        if member.size > decode.MAX_BYTES:
            return Picture(name, problem=too_large(member.size))
        file = archive.extractfile(member)
        assert file is not None
        data = file.read()
        if len(data) < member.size:
            raise tarfile.ReadError("unexpected end of data")
        return Picture(name, data=data)

    def expected(self, read: int) -> int:
        return max(read, round(read * self._size / max(self._done, 1)))


class _Counted(io.RawIOBase):
    """A stream that stops when it has given out too much for what it has taken in."""

    def __init__(self, stream: gzip.GzipFile | io.BufferedReader, packed: io.BufferedReader, source: TarSource) -> None:
        self._stream, self._packed, self._source, self._given = stream, packed, source, 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._given += len(data)
        self._source._check_size(self._given, self._packed.tell())
        return data
