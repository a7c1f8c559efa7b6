"""Checksums of a prepared set: what is read back is what was written, or it is known not to be.

CRC-32, since it is about damage, not malice; zlib computes it at some gigabytes a second, so that a set of 500 MB costs
a tenth of a second when it is opened. Sets from before there were checksums have no such file, and are taken as they
are.
"""

import json
import zlib
from collections.abc import Iterable
from pathlib import Path

from mtldemo.json_text import loads

FILE = "checksums.json"
_AT_ONCE = 2**22


def write(folder: Path, names: Iterable[str]) -> None:
    """Keep the checksums of the files ``names`` of ``folder`` in it. Raises ``OSError`` where that can't be written."""
    (folder / FILE).write_text(json.dumps({name: _checksum(folder / name) for name in names}, indent=1), "utf-8")


def changed(folder: Path) -> str:
    """The name of a file in ``folder`` that isn't what was written; empty where all are, or where none has a checksum.

    Raises ``OSError`` where one can't be read.
    """
    if not (folder / FILE).exists():
        return ""
    try:
        known = loads((folder / FILE).read_bytes())
        return next((name for name, checksum in known.items() if _checksum(folder / name) != checksum), "")
    except (ValueError, AttributeError, TypeError):
        return FILE


def _checksum(path: Path) -> str:
    checksum, buffer = 0, memoryview(bytearray(_AT_ONCE))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            checksum = zlib.crc32(buffer[:count], checksum)
    return f"{checksum:08x}"
