"""A metrics file read as a whole into columns, for what goes through the records of many runs.

Parsing each line by itself takes longer than all the rest; Arrow reads the lines of one kind together some twenty times
faster, and lets several runs be read at once. A chart asks for the ``Part`` of the records that it draws: what an epoch
measured is a handful of lines among thousands.
"""

import contextlib
import functools
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.json

from mtldemo.errors import MtlDemoError
from mtldemo.records.frame import RunFrame
from mtldemo.runs.folder import RunFolder
from mtldemo.runs.metrics import GRADIENTS, STEP, open_metrics, parsed_record, records_in

Part = Literal["all", "epochs", "losses", "weights", "gradients"]
"""``epochs``: those and the test; ``losses``, ``weights`` (of the steps) and ``gradients``: these besides."""
WHEN = ("step", "epoch", "time")
CACHED = 400
"""Runs, or parts of some, that the process remembers; the losses of 5,000 steps take 0.3 MB."""


def read_frame(run: RunFolder, part: Part = "all") -> RunFrame:
    """A part of what ``run`` has recorded, which isn't to be changed; empty where its file can't be read. A file that
    hasn't changed since isn't read again."""
    try:
        state = run.metrics_file.stat()
    except OSError:
        return RunFrame()
    return _read(run.metrics_file, state.st_mtime_ns, state.st_size, part)


def forget() -> None:
    """Drop what is in memory, as a new process would."""
    _read.cache_clear()


def frame_in(data: bytes, part: Part = "all") -> RunFrame:
    """A part of the records in the whole lines of ``data``, the content of a metrics file. Lines that Arrow can't read
    together (a damaged one among them, steps that repeat) are read one by one."""
    lines = data[: data.rfind(b"\n") + 1]
    steps, gradients, rare = _by_kind(lines)
    frame = RunFrame()
    try:
        if part in ("all", "losses", "weights"):
            frame.steps.fill(_columns(steps, "" if part == "all" else part))
        if part in ("all", "gradients"):
            frame.gradients.fill(_columns(gradients))
    except (pa.ArrowException, ValueError, TypeError):
        return _extended(RunFrame(), records_in(lines)[0])
    if not (_ascending(frame.steps["step"]) and _ascending(frame.gradients["step"])):
        return _extended(RunFrame(), records_in(lines)[0])
    return _extended(frame, [record for line in rare if (record := parsed_record(line)) is not None])


def _extended(frame: RunFrame, records: Iterable[Mapping[str, Any]]) -> RunFrame:
    """``frame`` with what ``records`` add; one that isn't what its kind says is left out."""
    for record in records:
        with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
            frame.extend([record])
    return frame


@functools.lru_cache(maxsize=CACHED)
def _read(file: Path, changed: int, size: int, part: Part) -> RunFrame:
    """``changed`` and ``size`` tell one content of the file from another."""
    try:
        with open_metrics(file) as opened_file:
            return frame_in(opened_file.read(), part)
    except (OSError, MtlDemoError):
        return RunFrame()


def _by_kind(data: bytes) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """The lines of steps, those of gradients, and all others."""
    steps: list[bytes] = []
    gradients: list[bytes] = []
    rare: list[bytes] = []
    for line in data.splitlines(keepends=True):
        (steps if line.startswith(STEP) else gradients if line.startswith(GRADIENTS) else rare).append(line)
    return steps, gradients, rare


def _columns(lines: Sequence[bytes], group: str = "") -> dict[str, np.ndarray]:
    """The numbers of the records in ``lines`` as columns; with a ``group``, its own and ``WHEN`` they are of alone."""
    raw = b"".join(lines)
    if not raw:
        return {}
    # In one block: the kinds of numbers are told once, and no thread waits for another.
    options = pyarrow.json.ReadOptions(block_size=len(raw) + 1, use_threads=False)
    only = _only(group, lines[0]) if group else None
    table = pyarrow.json.read_json(io.BytesIO(raw), read_options=options, parse_options=only).flatten()
    return {name: _numbers(table[name]) for name in table.column_names if name != "kind"}


def _only(group: str, line: bytes) -> pyarrow.json.ParseOptions | None:
    """Leaves out what isn't of ``group``, whose names are those in ``line``; ``None`` where that has none."""
    names = (parsed_record(line) or {}).get(group)
    if not isinstance(names, dict) or not names:
        return None
    inner = pa.struct([(name, pa.float64()) for name in names])
    schema = pa.schema([*((name, pa.float64()) for name in WHEN), (group, inner)])
    return pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")


def _numbers(column: Any) -> np.ndarray:
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    return column.cast(pa.float64()).to_numpy()


def _ascending(steps: np.ndarray) -> bool:
    return bool(np.all(np.diff(steps) > 0))
