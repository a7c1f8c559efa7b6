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

from mtldemo.data import picture_files
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
        nested = name.lower().endswith(ARCHIVES) and not picture_files.is_hidden(name)
        if reason := NESTED if nested else picture_files.unread(name):
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
