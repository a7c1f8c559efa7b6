"""The records of many runs at once, for charts that lay them over one another.

Parsing each line by itself takes longer than all the rest; Arrow, which Streamlit brings along, reads the lines of one
kind together some twenty times faster.
"""

import contextlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.json
import streamlit as st

from mtldemo.charts.comparison.arms import ArmRun
from mtldemo.charts.frame import RunFrame
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder

if TYPE_CHECKING:
    from mtldemo.study.collect import RunInfo

KEPT_RUNS = 200
"""Runs whose records the server keeps, for all sessions together; a run of 5,000 steps takes about a megabyte."""
FREQUENT = {"step": b'{"kind":"step"', "gradients": b'{"kind":"gradients"'}


def arm_runs(infos: Iterable["RunInfo"]) -> list[ArmRun]:
    """What the runs have recorded, with their arms; runs without a record are left out."""
    found = []
    for info in infos:
        frame = frame_of(RunFolder(info.path))
        if len(frame.steps) or frame.epochs:
            found.append(ArmRun(info.arm, info.seed, frame, info.name))
    return found


def frame_of(run: RunFolder) -> RunFrame:
    """All that ``run`` has recorded; empty where its file can't be read."""
    try:
        state = run.metrics_file.stat()
    except OSError:
        return RunFrame()
    return _frame(str(run.path), state.st_mtime_ns, state.st_size)


def read(data: bytes, run: RunFolder) -> RunFrame:
    """The records in ``data``, the content of ``run``'s metrics file. Lines that Arrow can't read together (a damaged
    one among them, steps that repeat) are read one by one."""
    whole = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
    frame = RunFrame()
    try:
        frame.steps.fill(_columns(whole, "step"))
        frame.gradients.fill(_columns(whole, "gradients"))
    except (pa.ArrowException, ValueError, TypeError):
        return _extended(RunFrame(), run.follow().records)
    if not (_ascending(frame.steps["step"]) and _ascending(frame.gradients["step"])):
        return _extended(RunFrame(), run.follow().records)
    return _extended(frame, _rare(whole))


def _extended(frame: RunFrame, records: Iterable[Mapping[str, Any]]) -> RunFrame:
    """``frame`` with what ``records`` add; one that isn't what its kind says is left out."""
    for record in records:
        with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
            frame.extend([record])
    return frame


@st.cache_resource(max_entries=KEPT_RUNS, show_spinner=False)
def _frame(path: str, changed: int, size: int) -> RunFrame:
    run = RunFolder(Path(path))
    try:
        return read(run.metrics_file.read_bytes(), run)
    except (OSError, MtlDemoError):
        return RunFrame()


def _columns(lines: Sequence[bytes], kind: str) -> dict[str, np.ndarray]:
    raw = b"".join(line for line in lines if line.startswith(FREQUENT[kind]))
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


def _rare(lines: Sequence[bytes]) -> list[dict[str, Any]]:
    records = []
    for line in lines:
        if line.startswith(tuple(FREQUENT.values())):
            continue
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and isinstance(record.get("kind"), str):
            records.append(record)
    return records


def _ascending(steps: np.ndarray) -> bool:
    return bool(np.all(np.diff(steps) > 0))
