"""Lines of a delimited text that a spreadsheet or R wrote a little wrongly, put right before they become cells."""

import re

from mtldemo.data.labels.text_file import CONTROL
from mtldemo.data.picture_files import EXTENSIONS


def without_control(content: bytes) -> tuple[bytes, list[tuple[int, str]]]:
    """``content`` without the bytes that no text has: in the first line they are taken out, another line that has one
    is emptied, and its number and the reason are returned."""
    if not CONTROL.search(content):
        return content, []
    first, *lines = content.split(b"\n")
    problems: list[tuple[int, str]] = []
    for index, line in enumerate(lines):
        if match := CONTROL.search(line):
            problems.append((index + 2, f"it holds a byte (\\x{match[0][0]:02x}) that no text has"))
            lines[index] = b""
    return b"\n".join([CONTROL.sub(b"", first), *lines]), problems


def with_whole_header(content: bytes, delimiter: str) -> bytes:
    """``content`` whose header has as many cells as its rows: where all rows end in a delimiter that the header lacks
    it is taken off them; where they begin with a number that has no header, as R writes them, it gets an empty one."""
    mark = delimiter.encode()
    first, *rows = content.rstrip(b"\n").split(b"\n", 50)
    width, rows = first.count(mark), [row for row in rows[:49] if row.strip()]
    if not rows or (b'"' in content[: 2**16] and any(row.count(b'"') % 2 for row in rows)):
        return content
    plain = [re.sub(rb'"[^"]*"', b"", row) for row in rows]
    if first.lower().endswith(tuple(ending.encode() for ending in EXTENSIONS)) or any(
        row.count(mark) != width + 1 for row in plain
    ):
        return content
    if all(row.endswith(mark) for row in rows):
        return re.sub(rb"(?m)" + re.escape(mark) + rb"$", b"", content)
    if all(re.match(rb'"?\d+"?' + re.escape(mark), row) for row in rows) and not re.search(rb"\d", first):
        return mark + content
    return content
