"""The records of many runs at once, for charts that lay them over one another.

Parsing each line by itself takes longer than all the rest; Arrow, which Streamlit brings along, reads the lines of one
kind together some twenty times faster, and lets several runs be read at once.
"""

import contextlib
import functools
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.json

from mtldemo.charts.comparison.arms import ArmRun
from mtldemo.charts.frame import RunFrame
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder
from mtldemo.runs.metrics import parsed

if TYPE_CHECKING:
    from mtldemo.study.collect import RunInfo

KEPT_RUNS = 200
"""Runs whose records the server keeps, for all sessions together; a run of 5,000 steps takes about a megabyte."""
AT_ONCE = min(8, os.cpu_count() or 1)
"""Runs that are read side by side."""
STEP, GRADIENTS = b'{"kind":"step"', b'{"kind":"gradients"'


def arm_runs(infos: Iterable["RunInfo"]) -> list[ArmRun]:
    """What the runs have recorded, with their arms; runs without a record are left out."""
    infos = list(infos)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="frames") as pool:
        frames = list(pool.map(lambda info: frame_of(RunFolder(info.path)), infos))
    return [
        ArmRun(info.arm, info.seed, frame, info.name)
        for info, frame in zip(infos, frames, strict=True)
        if len(frame.steps) or frame.epochs
    ]


def frame_of(run: RunFolder) -> RunFrame:
    """All that ``run`` has recorded; empty where its file can't be read."""
    try:
        state = run.metrics_file.stat()
    except OSError:
        return RunFrame()
    return _frame(str(run.path), state.st_mtime_ns, state.st_size)


def forget() -> None:
    """Drop what is in memory, as a new server would."""
    _frame.cache_clear()


def read(data: bytes, run: RunFolder) -> RunFrame:
    """The records in ``data``, the content of ``run``'s metrics file. Lines that Arrow can't read together (a damaged
    one among them, steps that repeat) are read one by one."""
    steps, gradients, rare = _sorted(data[: data.rfind(b"\n") + 1])
    frame = RunFrame()
    try:
        frame.steps.fill(_columns(steps))
        frame.gradients.fill(_columns(gradients))
    except (pa.ArrowException, ValueError, TypeError):
        return _extended(RunFrame(), run.follow().records)
    if not (_ascending(frame.steps["step"]) and _ascending(frame.gradients["step"])):
        return _extended(RunFrame(), run.follow().records)
    return _extended(frame, [record for line in rare if (record := parsed(line)) is not None])


def _extended(frame: RunFrame, records: Iterable[Mapping[str, Any]]) -> RunFrame:
    """``frame`` with what ``records`` add; one that isn't what its kind says is left out."""
    for record in records:
        with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
            frame.extend([record])
    return frame


@functools.lru_cache(maxsize=KEPT_RUNS)
def _frame(path: str, changed: int, size: int) -> RunFrame:
    run = RunFolder(Path(path))
    try:
        return read(run.metrics_file.read_bytes(), run)
    except (OSError, MtlDemoError):
        return RunFrame()


def _sorted(data: bytes) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """The lines of steps, those of gradients, and all others."""
    steps: list[bytes] = []
    gradients: list[bytes] = []
    rare: list[bytes] = []
    for line in data.splitlines(keepends=True):
        (steps if line.startswith(STEP) else gradients if line.startswith(GRADIENTS) else rare).append(line)
    return steps, gradients, rare


def _columns(lines: Sequence[bytes]) -> dict[str, np.ndarray]:
    raw = b"".join(lines)
    if not raw:
        return {}
    # In one block: the kinds of numbers are told once, and no thread waits for another.
    options = pyarrow.json.ReadOptions(block_size=len(raw) + 1, use_threads=False)
    table = pyarrow.json.read_json(io.BytesIO(raw), read_options=options).flatten()
    return {name: _numbers(table[name]) for name in table.column_names if name != "kind"}


def _numbers(column: Any) -> np.ndarray:
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    return column.cast(pa.float64()).to_numpy()


def _ascending(steps: np.ndarray) -> bool:
    return bool(np.all(np.diff(steps) > 0))
