"""The metrics file: one JSON object a line, appended by the training process and read by others from a byte offset."""

import contextlib
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from mtldemo.errors import MtlDemoError
from mtldemo.files import MB, check_file, disk_errors
from mtldemo.json_text import loads, strict_json
from mtldemo.records.lines import is_sound

PlainRecord = Mapping[str, Any]
LARGEST, LONGEST_LINE = 2048 * MB, 4 * MB
"""Bytes of a metrics file and of a line; larger ones are no run's."""
OTHER_RECORDS = "Bring that file back from a copy, or delete checkpoint.pt to start the run from the beginning."
FREQUENT = STEP, GRADIENTS = b'{"kind":"step"', b'{"kind":"gradients"'
"""How the lines begin that come more often than once an epoch."""


@dataclass(frozen=True)
class Reading:
    """Whole lines from an offset on. ``restarted`` says that the file was cut back since, so ``records`` begin with the
    first one and earlier ones are to be forgotten; ``skipped`` counts lines that are no records."""

    records: list[dict[str, Any]]
    next_offset: int
    restarted: bool = False
    skipped: int = 0


@dataclass(frozen=True)
class Extent:
    """The first ``size`` bytes of a metrics file, and their CRC-32: so a checkpoint says which records came before."""

    size: int = 0
    crc: int = 0


NOTHING = Extent()


def append(path: Path, records: Iterable[PlainRecord]) -> None:
    """Add ``records`` in one write. Raises ``MtlDemoError`` where the disk refuses."""
    data = "".join(_text(record) for record in records).encode()
    if data:
        with disk_errors(path), path.open("ab") as file:
            file.write(data)


def _text(record: PlainRecord) -> str:
    # The kind comes first, so that rare records are found without parsing the frequent ones.
    return strict_json({"kind": record["kind"], **record}, dense=True) + "\n"


def follow(path: Path, offset: int = 0) -> Reading:
    """The records from byte ``offset`` on; a last line without its end is left for the next time.

    A missing file reads as empty. An offset that no longer falls on a line's beginning (the run was resumed from an
    earlier checkpoint) starts over.
    """
    try:
        with open_metrics(path) as file:
            size = os.fstat(file.fileno()).st_size
            restarted = offset > size
            if 0 < offset <= size:
                file.seek(offset - 1)
                restarted = file.read(1) != b"\n"
            begin = 0 if restarted else offset
            file.seek(begin)
            data = file.read()
    except MtlDemoError:
        if path.exists():
            raise
        return Reading([], 0, restarted=offset > 0)
    whole = data[: data.rfind(b"\n") + 1]
    records, skipped = records_in(whole)
    return Reading(records, begin + len(whole), restarted, skipped)


@contextlib.contextmanager
def open_metrics(path: Path) -> Iterator[IO[bytes]]:
    """The file, to be read. Raises ``MtlDemoError`` where it can't be, or is none (a folder, a pipe), or too large."""
    with disk_errors(path):
        check_file(path, LARGEST)
        with path.open("rb") as file:
            yield file


def damaged_lines_sentence(path: Path, count: int) -> str:
    """One sentence on ``count`` lines that are no records."""
    return f"{count:,} {'line is' if count == 1 else 'lines are'} damaged in {path}; the others are shown."


def extent(path: Path, known: Extent = NOTHING, size: int | None = None) -> Extent:
    """The file's first ``size`` bytes, or all; of fewer where it is shorter. What is ``known`` isn't read again."""
    with disk_errors(path):
        if not path.exists():
            return NOTHING
        with open_metrics(path) as file:
            file.seek(known.size)
            data = file.read(-1 if size is None else max(0, size - known.size))
    return Extent(known.size + len(data), zlib.crc32(data, known.crc))


def cut_back(path: Path, size: int, crc: int | None) -> Extent:
    """Cut the file back to the first ``size`` bytes, which a checkpoint counts on; returns them.

    Raises ``MtlDemoError`` where there are fewer, or their CRC-32 isn't ``crc``, which older checkpoints don't have: a
    run would end with records missing, or with wrong ones.
    """
    before = extent(path, size=size)
    if before.size < size:
        raise MtlDemoError(
            f"{path} has {before.size:,} bytes, the checkpoint counts on {size:,}: records are missing. {OTHER_RECORDS}"
        )
    if crc is not None and crc != before.crc:
        raise MtlDemoError(f"{path} has changed since the checkpoint: its checksum differs. {OTHER_RECORDS}")
    truncate(path, size)
    return before


def settle(path: Path) -> None:
    """Bring what was appended to the disk, so that a power cut can't take records that a checkpoint counts on."""
    with disk_errors(path):
        if path.exists():
            with path.open("r+b") as file:
                os.fsync(file.fileno())


def truncate(path: Path, size: int) -> None:
    """Cut the file back to ``size`` bytes; one that is shorter stays as it is."""
    with disk_errors(path):
        if path.exists() and path.stat().st_size > size:
            os.truncate(path, size)


def parsed_record(line: bytes) -> dict[str, Any] | None:
    """The record in a line, or ``None`` where it holds none."""
    try:
        record = orjson.loads(line)
    except ValueError:
        try:  # it may hold NaN, which other programs write, and which is no JSON to orjson
            record = loads(line)
        except ValueError:
            return None
    return record if is_sound(record) else None


def records_in(lines: bytes) -> tuple[list[dict[str, Any]], int]:
    """The records in whole ``lines``, and how many lines are none. All at once, where no line is damaged."""
    with contextlib.suppress(ValueError):
        records = orjson.loads(b"[" + lines[:-1].replace(b"\n", b",") + b"]")
        if len(records) == lines.count(b"\n") and all(map(is_sound, records)):
            return records, 0
    split = [line for line in lines.split(b"\n") if line.strip()]
    sound = [record for record in map(parsed_record, split) if record is not None]
    return sound, len(split) - len(sound)
