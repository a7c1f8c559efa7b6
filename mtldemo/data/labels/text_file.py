"""From the bytes of a text file, in whichever encoding, to UTF-8 with plain line ends."""

import re
from dataclasses import dataclass

from mtldemo.errors import MtlDemoError

_BINARY = {
    b"PK\x03\x04": "a spreadsheet or a .zip archive; save the sheet as .csv, or unpack the archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet; save it as .csv",
    b"PAR1": "a .parquet file; give it that ending",
    b"\xff\xd8\xff": "a picture",
    b"\x89PNG": "a picture",
    b"SQLite format 3": "a database; export its table as .csv",
    b"%PDF": "a PDF file",
}
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Bytes that no text has. A few stray ones make no binary file of a text, so the lines that hold them are left out."""
MOST_CONTROL = 0.02


@dataclass(frozen=True)
class TextFile:
    """``data`` is UTF-8 without a mark, lines end in ``\\n``; ``note`` says in which other encoding it was."""

    data: bytes
    note: str = ""


def text_file(data: bytes, file: str) -> TextFile:
    """Read ``data`` as text: UTF-8, UTF-16 or, where it is neither, Windows-1252, which Latin-1 is a part of.

    Raises ``MtlDemoError`` for an empty file and for what isn't text.
    """
    for mark, words in _BINARY.items():
        if data.startswith(mark):
            raise MtlDemoError(f"{file} is no text file, whatever its name, but {words}.")
    text, note = _decoded(data, file)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not text.strip():
        raise MtlDemoError(f"{file} is empty; a manifest has a line for each picture.")
    return TextFile(text, note)


def _decoded(data: bytes, file: str) -> tuple[bytes, str]:
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return _recoded(data, "utf-32", file), "it is read as UTF-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _recoded(data, "utf-16", file), "it is read as UTF-16"
    head = data[:4096]
    if head and head.count(0) > len(head) // 4:
        # Without a mark, letters of most alphabets have their zero in the same half.
        return _recoded(data, "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be", file), (
            "it is read as UTF-16"
        )
    _check(head, file)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace").encode(), "it isn't UTF-8 and is read as Latin-1 (Windows-1252)"
    return data, ""


def _recoded(data: bytes, encoding: str, file: str) -> bytes:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise MtlDemoError(f"{file} begins as {encoding.upper()[:6]} text, but isn't: {error.reason}.") from error
    _check(text[:4096].encode(), file)
    return text.removeprefix("\ufeff").encode()


def _check(head: bytes, file: str) -> None:
    if len(CONTROL.findall(head)) > MOST_CONTROL * len(head):
        raise MtlDemoError(f"{file} is no text file, whatever its name: it holds bytes that no text has.")
