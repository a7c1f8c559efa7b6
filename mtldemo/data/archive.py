"""Archives of pictures, read as a stream: nothing is extracted to a disk. What each kind of archive shares.

A member with an absolute or ``..`` path and an archive that unpacks to far more than its size are refused as a whole,
and so is a damaged archive: whoever read on behind the damage would take what is left for the whole data set.
"""

import hashlib
import re
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

from mtldemo.data import names
from mtldemo.data.source import ARCHIVES, Source
from mtldemo.errors import MtlDemoError, readable

MAX_MEMBERS = 2_000_000
MAX_RATIO = 50
"""Unpacked bytes for each packed one; pictures are packed already, so an honest archive stays near 1."""
RATIO_FROM = 64 * 2**20
"""Unpacked bytes from which the ratio counts."""
NESTED = "an archive inside the archive is not read; unpack the outer one and choose the folder"

DAMAGE = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,
    ValueError,
    ArithmeticError,
    LookupError,
    struct.error,
)
"""What reading a damaged archive raises."""
_OTHERS = {
    b"Rar!": "a .rar archive",
    b"7z\xbc\xaf\x27\x1c": "a .7z archive",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ\0": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"\xff\xd8\xff": "a picture, not a set of them",
    b"\x89PNG": "a picture, not a set of them",
}
"""What else people choose, by a file's first bytes."""
_WEB_PAGE = re.compile(rb"[\xef\xbb\xbf\xfe\xff\s\0]*<\0?[a-z!?]", re.IGNORECASE)
"""In whichever encoding, such as UTF-16 with its mark."""


def open_archive(path: Path) -> Source:
    """The archive at ``path``, told by its first bytes, not by its ending. Raises ``MtlDemoError`` for another file."""
    from mtldemo.data.tar_archive import TarSource
    from mtldemo.data.zip_archive import ZipSource

    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise MtlDemoError(f"The file {path} can't be opened ({error.strerror}).") from error
    name = re.sub(r"\.(zip|tar|tgz|tar\.gz)$", "", path.name, flags=re.IGNORECASE) or path.name
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return ZipSource(path, name)
    if head[:2] == b"\x1f\x8b" or _is_tar(head):
        return TarSource(path, name)
    if _WEB_PAGE.match(head):
        raise MtlDemoError(
            f"{path} is a web page, neither a folder nor a .zip, .tar or .tar.gz file: the page about the download was "
            "saved in place of the file; open it in a browser, and download the file itself."
        )
    other = next((words for mark, words in _OTHERS.items() if head.startswith(mark)), "")
    if other:
        advice = "put the pictures into a folder" if "picture" in other else "unpack it"
        raise MtlDemoError(
            f"{path} is {other}, and neither a folder nor a .zip, .tar or .tar.gz file; {advice} and choose the folder."
        )
    if path.name.lower().endswith(ARCHIVES):
        what = "begins as none does, so it is damaged or something else; get it again" if head else "is empty"
        raise MtlDemoError(
            f"{path} is neither a folder nor a .zip, .tar or .tar.gz file, whatever its name: it {what}."
        )
    raise MtlDemoError(f"{path} is neither a folder nor a .zip, .tar or .tar.gz file; choose one of these.")


def _is_tar(head: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return head[257:262] == b"ustar"  # damaged
    return True


def safe_name(name: str, label: str) -> str:
    """A member's name with plain slashes, without empty parts, and ``readable``. Raises ``MtlDemoError``, which begins
    with ``label``, for one that points outside of its archive."""
    plain = name.replace("\\", "/")
    parts = plain.split("/")
    if plain.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", plain) or "\0" in plain:
        raise MtlDemoError(
            f"{label} is refused: its member {name!r} points outside of it; pack it again with plain relative names."
        )
    return readable("/".join(part for part in parts if part not in ("", ".")))


def unpacks_to_too_much(unpacked: int, packed: int, most: int) -> bool:
    """Whether ``unpacked`` bytes are more than ``most`` times the ``packed`` ones; few bytes are never too much."""
    return unpacked > RATIO_FROM and unpacked > most * max(packed, 1)


class ArchiveSource(Source):
    """What all kinds of archive share: the fingerprint, which begins with ``mark``, and the limits."""

    mark = "archive"

    def fingerprint(self) -> str:
        stat = self.path.stat()
        mark = f"{self.mark}:{self.path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}"
        return hashlib.sha256(mark.encode(errors="replace")).hexdigest()

    def pass_over(self, name: str) -> None:
        """Count the member ``name``, which isn't a picture; an archive, which may hold some, is named."""
        self.ignored += 1
        nested = name.lower().endswith(ARCHIVES) and not names.is_hidden(name)
        if reason := NESTED if nested else names.unread(name):
            self.left_out.append((name, reason))

    def check_size(self, unpacked: int, packed: int) -> None:
        """Raise ``MtlDemoError`` for more ``unpacked`` bytes than pictures in so many ``packed`` ones have."""
        if unpacks_to_too_much(unpacked, packed, MAX_RATIO):
            raise MtlDemoError(
                f"The archive {self.path} is refused: it unpacks to more than {MAX_RATIO} times its size, "
                "as pictures never do."
            )

    def check_count(self, members: int) -> None:
        """Raise ``MtlDemoError`` for too many ``members``."""
        if members > MAX_MEMBERS:
            raise MtlDemoError(f"The archive {self.path} is refused: it has more than {MAX_MEMBERS:,} members.")

    def damaged(self, error: Exception) -> MtlDemoError:
        """The sentence for an archive that couldn't be read to its end."""
        return MtlDemoError(f"The archive {self.path} is damaged ({error or type(error).__name__}); get it again.")
