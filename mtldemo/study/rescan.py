"""What a run's metrics file says at a glance: its epochs and its test, read on from where the last look ended."""

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtldemo.runs.metrics import FREQUENT, opened, parsed

TAIL = 256
"""Bytes before the place reached that must be the same for reading on from there."""


@dataclass
class Scan:
    """How far a file was read (``offset`` bytes, ``tail`` their checksum) and what it held: ``epochs`` as
    ``[step, epoch, time, {task: key metric}]``, the ``best`` epoch's record and the ``test``'s; ``skipped`` counts
    lines that are no records, ``cut`` the bytes of a last line without its end."""

    offset: int = 0
    tail: int = 0
    epochs: list[list[Any]] = field(default_factory=list)
    best: dict[str, Any] | None = None
    test: dict[str, Any] | None = None
    skipped: int = 0
    cut: int = 0

    @property
    def seconds(self) -> float:
        """Training time at the last epoch or test."""
        last = float(self.epochs[-1][2] or 0.0) if self.epochs else 0.0
        return max(last, float((self.test or {}).get("time") or 0.0))

    @property
    def epochs_done(self) -> int:
        """Whole epochs."""
        return int(self.epochs[-1][1]) if self.epochs else 0

    def sparkline(self) -> dict[str, list[float]]:
        """The key metric of each task by epoch; a gap is ``nan``."""
        names = dict.fromkeys(name for epoch in self.epochs for name in epoch[3])
        blank = float("nan")
        return {name: [_number(epoch[3].get(name), blank) for epoch in self.epochs] for name in names}

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Scan":
        """What ``to_json`` gave; raises ``TypeError`` for other names."""
        return cls(**values)


def scan(path: Path, known: Scan, key_metrics: Mapping[str, str]) -> Scan:
    """``known`` with what the file at ``path`` has held since; all anew where it isn't the file that ``known`` is of.
    ``key_metrics`` names the metric by task that an epoch is remembered by.

    Raises ``MtlDemoError`` where it can't be read.
    """
    with opened(path) as file:
        before = min(known.offset, TAIL)
        file.seek(known.offset - before)
        same = os.fstat(file.fileno()).st_size >= known.offset and zlib.crc32(file.read(before)) == known.tail
        found = Scan(**{**vars(known), "epochs": list(known.epochs)}) if same else Scan()
        begin = found.offset
        file.seek(max(0, begin - TAIL))
        data = file.read()
    skip = begin - max(0, begin - TAIL)
    end = data.rfind(b"\n", skip) + 1 or skip
    for line in data[skip:end].split(b"\n"):
        if line and not line.startswith(FREQUENT):
            record = parsed(line)
            if record is not None:
                _take(found, record, key_metrics)
            elif line.strip():
                found.skipped += 1
    found.offset = begin + end - skip
    found.cut = len(data) - end
    found.tail = zlib.crc32(data[max(0, end - TAIL) : end])
    return found


def _take(found: Scan, record: dict[str, Any], key_metrics: Mapping[str, str]) -> None:
    kind = record["kind"]
    if kind == "test":
        found.test = record
    elif kind == "epoch":
        step = record.get("step") or 0
        if found.epochs and step <= found.epochs[-1][0]:  # the run was resumed from before it
            found.epochs = [epoch for epoch in found.epochs if epoch[0] < step]
            found.test = None
            if found.best is not None and (found.best.get("step") or 0) >= step:
                found.best = None
        measured = record.get("metrics")
        metrics = measured if isinstance(measured, Mapping) else {}
        values = {
            name: metrics[name].get(metric)
            for name, metric in key_metrics.items()
            if isinstance(metrics.get(name), Mapping)
        }
        found.epochs.append([step, record.get("epoch") or 0, record.get("time") or 0.0, values])
        if record.get("best") or (found.best is None and not record.get("unsound")):
            found.best = record


def _number(value: Any, blank: float) -> float:
    return float(value) if isinstance(value, int | float) else blank
