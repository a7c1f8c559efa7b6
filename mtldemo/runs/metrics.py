"""The metrics file: one JSON object a line, appended by the training process and read by others from a byte offset."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mtldemo.errors import MtlDemoError
from mtldemo.runs.files import disk_errors
from mtldemo.strict_json import strict_json

Line = Mapping[str, Any]
FREQUENT = (b'{"kind":"step"', b'{"kind":"gradients"')


@dataclass(frozen=True)
class Reading:
    """Whole lines from an offset on. ``restarted`` says that the file was cut back since, so ``records`` begin with the
    first one and earlier ones are to be forgotten; ``skipped`` counts lines that are no records."""

    records: list[dict[str, Any]]
    next_offset: int
    restarted: bool = False
    skipped: int = 0


def append(path: Path, records: Iterable[Line]) -> None:
    """Add ``records`` in one write. Raises ``MtlDemoError`` where the disk refuses."""
    data = "".join(_text(record) for record in records).encode()
    if data:
        with disk_errors(path), path.open("ab") as file:
            file.write(data)


def _text(record: Line) -> str:
    # The kind comes first, so that rare records are found without parsing the frequent ones.
    return strict_json({"kind": record["kind"], **record}, dense=True) + "\n"


def follow(path: Path, offset: int = 0) -> Reading:
    """The records from byte ``offset`` on; a last line without its end is left for the next time.

    A missing file reads as empty. An offset that no longer falls on a line's beginning (the run was resumed from an
    earlier checkpoint) starts over.
    """
    try:
        with disk_errors(path), path.open("rb") as file:
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
    records, skipped = _together(whole)
    return Reading(records, begin + len(whole), restarted, skipped)


def rare(path: Path) -> Iterator[dict[str, Any]]:
    """The records that come once an epoch or less; the many others are passed over unparsed."""
    try:
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n") and not line.startswith(FREQUENT):
                    record = parsed(line)
                    if record is not None:
                        yield record
    except FileNotFoundError:
        return


def truncate(path: Path, size: int) -> None:
    """Cut the file back to ``size`` bytes; one that is shorter stays as it is."""
    with disk_errors(path):
        if path.exists() and path.stat().st_size > size:
            os.truncate(path, size)


def parsed(line: bytes) -> dict[str, Any] | None:
    """The record in a line, or ``None`` where it holds none."""
    try:
        record = orjson.loads(line)
    except ValueError:
        try:  # it may hold NaN, which other programs write, and which is no JSON to orjson
            record = json.loads(line)
        except ValueError:
            return None
    return record if _is_record(record) else None


def _together(lines: bytes) -> tuple[list[dict[str, Any]], int]:
    """The records in whole ``lines``, and how many lines are none. All at once, where no line is damaged."""
    with contextlib.suppress(ValueError):
        records = orjson.loads(b"[" + lines[:-1].replace(b"\n", b",") + b"]")
        if len(records) == lines.count(b"\n") and all(map(_is_record, records)):
            return records, 0
    split = [line for line in lines.split(b"\n") if line.strip()]
    found = [record for record in map(parsed, split) if record is not None]
    return found, len(split) - len(found)


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("kind"), str)
