"""An archive of any kind, told by its first bytes; and what else people choose in place of one."""

import re
import tarfile
from pathlib import Path

from mtldemo.data.source import ARCHIVES, Source
from mtldemo.data.tar_archive import TarSource
from mtldemo.data.zip_archive import ZipSource
from mtldemo.errors import MtlDemoError

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
