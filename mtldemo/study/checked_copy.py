"""One run's files, each checked while it is copied. What is damaged is mended where only the damage is lost by it."""

import dataclasses
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from safetensors import SafetensorError, safe_open

from mtldemo.config import RunConfig, from_dict
from mtldemo.errors import MtlDemoError
from mtldemo.files import LARGEST_JSON, MB, disk_errors, write_json
from mtldemo.json_text import loads, unsealed
from mtldemo.runs import STUDY_FILE, RunFolder, Status, notes, origin
from mtldemo.runs.metrics import LARGEST as LARGEST_METRICS
from mtldemo.runs.metrics import LONGEST_LINE, parsed_record
from mtldemo.sentences import counted
from mtldemo.study.import_source import ImportSource, Location

CONFIG = "config.json"
MOST_LINES = 1_000_000
"""Lines of a metrics file. A run writes 10,000 of steps at most, and a line each time that it compares gradients."""
LARGEST = {
    "metrics.jsonl": LARGEST_METRICS,
    "log.txt": 256 * MB,
    "model.safetensors": 4096 * MB,
    "checkpoint.pt": 8192 * MB,
}
"""Bytes; larger files are left out. Nothing but these and the JSON files is copied."""
JSON = (CONFIG, "status.json", "data.json", "compute.json", "prediction.json", notes.FILE, origin.FILE)
KNOWN = (*JSON, *LARGEST)
SECTIONS = ("data", "model", "weighting", "optim")
"""Some of these are in every run's config, and in no other program's."""
_NEEDED = {
    "step": ("losses", "weights"),
    "gradients": ("norms", "cosines"),
    "epoch": ("metrics",),
    "test": ("metrics",),
}


class RefusedError(MtlDemoError):
    """A folder that can't be taken for a run."""


@dataclass
class LineCount:
    """How the lines of a metrics file were: ``kept`` records, ``blanked`` lines that are none, whether the last one was
    ``cut`` off, and whether there is a ``test`` record."""

    kept: int = 0
    blanked: int = 0
    cut: bool = False
    test: bool = False


def copy_run(source: ImportSource, location: Location, target: Path) -> list[str]:
    """Copy the run at ``location`` into the new folder ``target``; returns in words what was changed or left out.

    Raises ``RefusedError`` where it isn't a run's folder, ``MtlDemoError`` where the disk refuses.
    """
    remarks: list[str] = []
    for name in KNOWN:
        if (*location, name) in source.links:
            remarks.append(f"{name} is a link and was left out.")
    write_json(target / CONFIG, _config(source, location, remarks))
    lines = LineCount()
    for name, largest in LARGEST.items():
        size = source.sizes.get((*location, name))
        if size is None:
            continue
        if size > largest:
            remarks.append(f"{name} has {size / MB:,.0f} MB, more than {largest / MB:,.0f}, and was left out.")
            continue
        with source.open((*location, name)) as file:
            if name == "metrics.jsonl":
                lines = _copy_lines(file, target / name)
            else:
                _copy(file, target / name)
    remarks += _line_remarks(lines) + _unusable(target)
    _status(source, location, target, lines, remarks)
    objects = (("data.json", _object), ("compute.json", _object), ("prediction.json", _object))
    for name, checked in (*objects, (notes.FILE, _read_by(notes.from_json)), (origin.FILE, _read_by(origin.from_json))):
        if (*location, name) in source.sizes:
            try:
                write_json(target / name, checked(checked_json(source, (*location, name))))
            except RefusedError:
                remarks.append(f"{name} is damaged and was left out.")
    return remarks


def checked_json(source: ImportSource, location: Location) -> Any:
    """The JSON at ``location``, without its checksum; raises ``RefusedError`` where it is missing, damaged, too large,
    or has changed since it was written."""
    name = location[-1]
    if location not in source.sizes:
        raise RefusedError(f"There is no {name}.")
    if source.sizes[location] > LARGEST_JSON:
        raise RefusedError(f"{name} has more than {LARGEST_JSON / MB:.0f} MB.")
    with source.open(location) as file:
        data = b"".join(_pieces(file.read, MB))
    try:
        values, whole = unsealed(loads(data, names=name in (CONFIG, STUDY_FILE)))
    except ValueError as error:
        raise RefusedError(f"{name} is damaged: it isn't JSON.") from error
    if not whole:
        raise RefusedError(f"{name} has changed since it was written: its checksum differs.")
    return values


def _config(source: ImportSource, location: Location, remarks: list[str]) -> dict[str, Any]:
    values = checked_json(source, (*location, CONFIG))
    if not isinstance(values, Mapping) or not any(isinstance(values.get(name), Mapping) for name in SECTIONS):
        raise RefusedError(f"{CONFIG} is another program's: it has none of {', '.join(SECTIONS)}.")
    try:
        config = from_dict(RunConfig, values)
        config.learned_tasks()
    except MtlDemoError as error:
        remarks.append(f"It is of another version, so that only parts of it can be shown: {error}")
    return dict(values)


def _pieces(read: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    """What ``read`` gives until there is nothing left."""
    while True:
        try:
            piece = read(size)
        except OSError as error:
            raise RefusedError(f"A file of it can't be read ({error.strerror or error}).") from error
        if not piece:
            return
        yield piece


def _copy(file: IO[bytes], target: Path) -> None:
    with disk_errors(target), target.open("wb") as out:
        for piece in _pieces(file.read, MB):
            out.write(piece)


def _copy_lines(file: IO[bytes], target: Path) -> LineCount:
    """Copy a metrics file. A line that is no record becomes blanks of the same length, so that a checkpoint's offset
    into the file still holds; a last line without its end is dropped."""
    seen = LineCount()
    with disk_errors(target), target.open("wb") as out:
        for number, line in enumerate(_pieces(file.readline, LONGEST_LINE)):
            if number == MOST_LINES:
                raise RefusedError(f"metrics.jsonl isn't one: it has more than {MOST_LINES:,} lines.")
            if not line.endswith(b"\n"):
                seen.cut = True
                if len(line) == LONGEST_LINE:
                    raise RefusedError("metrics.jsonl isn't one: a line of it has more than 4 MB.")
                break
            record = _record(line)
            if record is not None:
                seen.kept += 1
                seen.test |= record["kind"] == "test"
            elif line.strip():
                seen.blanked += 1
                line = b" " * (len(line) - 1) + b"\n"
            out.write(line)
    if seen.blanked and not seen.kept:
        raise RefusedError("metrics.jsonl isn't one: no line of it is a run's record.")
    return seen


def _record(line: bytes) -> dict[str, Any] | None:
    """The record in a line, where it has what charts and tables need of its kind."""
    record = parsed_record(line)
    if record is None:
        return None
    needed = _NEEDED.get(record["kind"])
    if needed is not None and any(record.get(name) is None for name in (*needed, "step", "time")):
        return None
    return record


def _line_remarks(lines: LineCount) -> list[str]:
    remarks = []
    if lines.blanked:
        what = counted(lines.blanked, "damaged line", "damaged lines")
        remarks.append(f"{what} of metrics.jsonl {'was' if lines.blanked == 1 else 'were'} left out.")
    if lines.cut:
        remarks.append("The last line of metrics.jsonl was cut off and left out.")
    return remarks


def _unusable(target: Path) -> list[str]:
    """Remove a model or checkpoint that is none, told by its outer form: neither is unpacked here."""
    reasons = []
    model, checkpoint = target / "model.safetensors", target / "checkpoint.pt"
    if model.exists():
        try:
            with safe_open(model, framework="numpy"):
                pass
        except (SafetensorError, OSError):
            model.unlink()
            reasons.append("model.safetensors is damaged and was left out.")
    # What training writes is a .zip, which it reads back as plain tensors and numbers; older forms run code when read.
    if checkpoint.exists() and not zipfile.is_zipfile(checkpoint):
        checkpoint.unlink()
        reasons.append("checkpoint.pt is damaged or no checkpoint and was left out.")
    return reasons


def _status(source: ImportSource, location: Location, target: Path, lines: LineCount, remarks: list[str]) -> None:
    """A status that no process owns. A run that had not ended is ``stopped``."""
    try:
        status: Status | None = Status.from_json(checked_json(source, (*location, "status.json")))
    except MtlDemoError:
        status = None
    if status is None:
        remarks.append("status.json is missing or damaged and was made anew.")
        status = Status("finished" if lines.test else "stopped")
    if status.live or status.state == "crashed":
        status = dataclasses.replace(status, state="stopped", message="Imported before it had ended.")
    status = dataclasses.replace(
        status,
        pid=0,
        pid_started=0.0,
        host="",
        eta_s=None,
        progress=None,
        message=status.message[:2000],
        created=status.created or time.time(),
        updated=time.time(),
    )
    RunFolder(target).write_status(status)


def _object(values: Any) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise RefusedError("It holds no named values.")
    return dict(values)


def _read_by(from_json: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    """The check that a file holds what ``from_json`` reads, which raises ``MtlDemoError`` where it doesn't."""

    def checked(values: Any) -> dict[str, Any]:
        try:
            return vars(from_json(values))
        except MtlDemoError as error:
            raise RefusedError(str(error)) from error

    return checked
