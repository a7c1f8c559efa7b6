"""Pictures in a ``.tar`` or ``.tar.gz``, read once from front to back."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from mtldemo.data import decode, picture_files
from mtldemo.data.archive import DAMAGE, ArchiveSource, safe_name
from mtldemo.data.source import Picture, too_large

_NAME_FIELD = 100
"""Bytes of a header's name; longer names have a header of their own before it."""
_PAX = {"atime", "charset", "comment", "ctime", "gid", "gname", "hdrcharset", "linkpath", "mtime", "path", "size"}
_PAX |= {"uid", "uname"}
"""The keywords of POSIX's extended headers; those of others have a dot."""
_AT_ONCE = 2**18
ReadError, HeaderError = tarfile.ReadError, tarfile.HeaderError
_End: type[Exception] = tarfile.EOFHeaderError  # type: ignore[attr-defined]


class TarSource(ArchiveSource):
    """A ``.tar`` or ``.tar.gz``. It has no checksum over the whole, so each header, the mark of the end and what is
    behind it are checked."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._size = path.stat().st_size
        self._done = 0
        with path.open("rb") as file:
            self._packed = file.read(2) == b"\x1f\x8b"
        # Of a damaged one that isn't packed, a part was once taken for the whole; so it is read again.
        self.mark = "archive" if self._packed else "tar"

    def pictures(self) -> Iterator[Picture]:
        self.ignored, self.left_out = 0, []
        try:
            for archive, member, name in self.members():
                if picture_files.is_picture(name):
                    yield self._read(archive, member, name)
                else:
                    self._pass_over(member, name)
        except DAMAGE as error:
            raise self.damaged(error) from error

    def members(self) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo, str]]:
        """Each member that is no folder, with its safe name, in the archive that it can be read from until the next one
        is asked for. Raises ``MtlDemoError`` where the archive is damaged or refused."""
        count = 0
        try:
            with self.path.open("rb") as file:
                stream = _Counted(gzip.GzipFile(fileobj=file) if self._packed else file, file, self)
                with tarfile.open(fileobj=stream, mode="r|", bufsize=_AT_ONCE, tarinfo=_Member) as archive:
                    for member in archive:
                        count += 1
                        self.check_count(count)
                        name = safe_name(member.name, f"The archive {self.path}")
                        self._done = file.tell()
                        if not member.isdir():
                            yield archive, member, name
                        # The reader keeps every member it has met; a stream needs none of them again.
                        archive.members = []  # type: ignore[attr-defined]
                    _check_end(archive)
        except DAMAGE as error:
            raise self.damaged(error) from error

    def _read(self, archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> Picture:
        if not member.isreg():
            link = member.issym() or member.islnk()
            return Picture(name, problem="a link, not a file" if link else "a device or a pipe, not a file")
        if member.size > decode.MAX_BYTES:
            return Picture(name, problem=too_large(member.size))
        file = archive.extractfile(member)
        assert file is not None
        data = file.read()
        if len(data) < member.size:
            raise ReadError("unexpected end of data")
        return Picture(name, data=data)

    def _pass_over(self, member: tarfile.TarInfo, name: str) -> None:
        if isinstance(member, _Member) and member.cut:
            self.left_out.append((name, f"its name is cut off after {_NAME_FIELD} bytes, so what it is isn't known"))
        self.pass_over(name)

    def expected(self, read: int) -> int:
        return max(read, round(read * self._size / max(self._done, 1)))


class _Member(tarfile.TarInfo):
    """A member whose headers must be whole: the reader would take a damaged one for the archive's end, or for none.

    Long names stand in a header of their own, whose content has no checksum: its length and its keywords must fit. The
    methods that are overridden are those that ``tarfile`` means to be.
    """

    field = ""
    """The name in the member's own header, where it fills its field."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile)
        except _End:
            raise
        except HeaderError as error:
            raise ReadError(f"{error}, {tarfile.offset:,} bytes from its beginning") from error

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        member = super().frombuf(buf, encoding, errors)
        if len(bytes(buf[:_NAME_FIELD]).rstrip(b"\0")) == _NAME_FIELD:
            member.field = member.name
        return member

    @property
    def cut(self) -> bool:
        """Whether the name fills its field and no other header says how it goes on."""
        return bool(self.field) and self.field == self.name

    def _proc_gnulong(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        member = super()._proc_gnulong(archive)  # type: ignore[misc]
        if self.type == tarfile.GNUTYPE_LONGNAME and not member.isdir():
            length = len(member.name.encode(errors="surrogateescape"))
            if length not in (self.size - 1, self.size) or not member.name.startswith(getattr(member, "field", "")):
                raise ReadError(f"the long name {member.name!r} is not as long as it should be, or not as it begins")
        return member

    def _proc_pax(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        common = bool(archive.pax_headers)
        member = super()._proc_pax(archive)  # type: ignore[misc]
        for keyword in member.pax_headers:
            if keyword not in _PAX and "." not in keyword:
                raise ReadError(f"the unknown keyword {keyword!r} in a header of {member.name!r}")
        # Others' keywords may repeat, and what stands for all members can't be told from what is this one's.
        own = self.type == tarfile.XHDTYPE and not common and _PAX.issuperset(member.pax_headers)
        if own and sum(_record(*item) for item in member.pax_headers.items()) != self.size:
            raise ReadError(f"a header of {member.name!r} is not as long as it should be")
        return member


def _record(keyword: str, value: str) -> int:
    """Bytes of a record in an extended header: its length counts itself."""
    length = total = len(f" {keyword}={value}\n".encode(errors="surrogateescape"))
    while (counted := length + len(str(total))) != total:
        total = counted
    return total


def _check_end(archive: tarfile.TarFile) -> None:
    """Read on behind the mark of the end: there are zeros only, and the packing's own checksum comes last."""
    while block := archive.fileobj.read(_AT_ONCE):  # type: ignore[union-attr]
        if block.strip(b"\0"):
            raise ReadError("more follows behind its end, as in archives that were joined")


class _Counted(io.RawIOBase):
    """A stream that stops when it has given out too much for what it has taken in."""

    def __init__(self, stream: gzip.GzipFile | io.BufferedReader, packed: io.BufferedReader, source: TarSource) -> None:
        self._stream, self._packed, self._source, self._given = stream, packed, source, 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._given += len(data)
        self._source.check_size(self._given, self._packed.tell())
        return data
