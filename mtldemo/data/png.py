"""What a PNG file has beside its pixels: how deep they are, and texts and profiles that Pillow would refuse it for."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from mtldemo.data.colour import UNREADABLE
from mtldemo.data.unreadable import MAX_BYTES, UnreadableError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_TEXT = 2**20
"""Bytes of a text or a profile, unpacked, up to which Pillow reads it; beyond, it takes the whole file for damaged."""
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_STEP = 2**20
"""Bytes that are unpacked at a time."""
_TURNED = (b"XML:com.adobe.xmp", b"Raw profile type exif", b"Raw profile type APP1")
"""The texts that may say which way up the picture is."""


@dataclass(frozen=True)
class Png:
    """``data`` without the texts that say nothing of the picture, ``significant_bits`` a channel as the file declares
    them (0 where it doesn't), and ``notes`` on what was left out that does matter."""

    data: bytes
    significant_bits: int = 0
    notes: tuple[str, ...] = ()


def is_png(data: bytes) -> bool:
    """Whether ``data`` is a PNG file's, whatever its name."""
    return data.startswith(SIGNATURE)


def looked_through(data: bytes) -> Png:
    """A PNG file without its texts, of which Pillow unpacks and keeps all; a browser shows the picture however long
    they are. What isn't in order in any other way is left to Pillow.

    Raises ``UnreadableError`` for a file made to fill the memory: with texts that unpack to more than ``MAX_BYTES``.
    """
    bits, text, notes, dropped = 0, 0, [], []
    for kind, start, end in _chunks(data):
        if kind == b"sBIT":
            bits = max(data[start + 8 : end - 4], default=0)
        elif kind in _TEXTS:
            keyword, packed, plain = _text(kind, data[start + 8 : end - 4])
            size = len(plain) + _unpacked(packed, MAX_BYTES - text)
            text += size
            if text > MAX_BYTES:
                raise UnreadableError(f"its texts unpack to more than {MAX_BYTES / 2**20:.0f} MB, which is too much")
            if keyword not in _TURNED or not 0 < size <= MAX_TEXT:
                dropped.append((start, end))
        elif kind == b"iCCP" and not 0 < _unpacked(_profile(data[start + 8 : end - 4]), MAX_TEXT) <= MAX_TEXT:
            dropped.append((start, end))
            notes = [UNREADABLE]
    return Png(_without(data, dropped), bits, tuple(notes))


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's kind, where it begins (with its length) and where it ends (after its checksum)."""
    start = len(SIGNATURE)
    while start + 12 <= len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        if end > len(data):
            return
        kind = data[start + 4 : start + 8]
        yield kind, start, end
        start = end


def _text(kind: bytes, body: bytes) -> tuple[bytes, bytes, bytes]:
    """A text's keyword, and what it says, packed or plain."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        return keyword, rest[1:], b""
    if kind == b"iTXt" and rest[:1] == b"\1":
        # Two flags, the language and the keyword in it, each of which ends with a zero.
        return keyword, rest[2:].partition(b"\0")[2].partition(b"\0")[2], b""
    return keyword, b"", rest


def _profile(body: bytes) -> bytes:
    """A packed profile, after its name and the way it is packed."""
    return body.partition(b"\0")[2][1:]


def _unpacked(packed: bytes, most: int) -> int:
    """How many bytes there are in ``packed``: 0 for what is damaged, more than ``most`` where there are more."""
    unpacking, size = zlib.decompressobj(), 0
    try:
        while packed and size <= most:
            size += len(unpacking.decompress(packed, _STEP))
            packed = unpacking.unconsumed_tail
    except zlib.error:
        return 0
    return size


def _without(data: bytes, dropped: list[tuple[int, int]]) -> bytes:
    if not dropped:
        return data
    view, parts, position = memoryview(data), [], 0
    for start, end in dropped:
        parts.append(view[position:start])
        position = end
    return b"".join([*parts, view[position:]])
