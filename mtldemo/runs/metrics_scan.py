"""What a run's metrics file says at a glance: its epochs and its test, read on from where the last scan ended."""

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtldemo.runs.metrics import FREQUENT, open_metrics, parsed_record

TAIL = 256
"""Bytes before the offset reached that must be the same for reading on from there."""


@dataclass
class Scan:
    """How far a file was read (``offset`` bytes, ``tail`` their checksum) and what it held: ``epochs`` as
    ``[step, epoch, time, {task: key metric}]``, the records of the ``last`` epoch, of the ``best`` (the first that has
    sound answers, where none says that it is) and of the ``test``, each ``None`` before there is one; ``skipped``
    counts lines that are no records, ``cut`` the bytes of a last line without its end."""

    offset: int = 0
    tail: int = 0
    epochs: list[list[Any]] = field(default_factory=list)
    last: dict[str, Any] | None = None
    best: dict[str, Any] | None = None
    test: dict[str, Any] | None = None
    skipped: int = 0
    cut: int = 0

    @property
    def seconds(self) -> float:
        """Training time at the last epoch or test."""
        at_last_epoch = float(self.epochs[-1][2] or 0.0) if self.epochs else 0.0
        return max(at_last_epoch, float((self.test or {}).get("time") or 0.0))

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


def scan(path: Path, known: Scan | None = None, key_metrics: Mapping[str, str] | None = None) -> Scan:
    """``known`` with what the file at ``path`` has held since; all anew where it isn't the file that ``known`` is of.
    ``key_metrics`` names the metric by task that an epoch is remembered by.

    Raises ``MtlDemoError`` where it can't be read.
    """
    known, key_metrics = known or Scan(), key_metrics or {}
    with open_metrics(path) as file:
        before = min(known.offset, TAIL)
        file.seek(known.offset - before)
        same = os.fstat(file.fileno()).st_size >= known.offset and zlib.crc32(file.read(before)) == known.tail
        grown = Scan(**{**vars(known), "epochs": list(known.epochs)}) if same else Scan()
        begin = grown.offset
        file.seek(max(0, begin - TAIL))
        data = file.read()
    skip = begin - max(0, begin - TAIL)
    end = data.rfind(b"\n", skip) + 1 or skip
    for line in data[skip:end].split(b"\n"):
        if line and not line.startswith(FREQUENT):
            record = parsed_record(line)
            if record is not None:
                _add(grown, record, key_metrics)
            elif line.strip():
                grown.skipped += 1
    grown.offset = begin + end - skip
    grown.cut = len(data) - end
    grown.tail = zlib.crc32(data[max(0, end - TAIL) : end])
    return grown


def _add(grown: Scan, record: dict[str, Any], key_metrics: Mapping[str, str]) -> None:
    if record["kind"] == "test":
        grown.test = record
    elif record["kind"] == "epoch":
        step = record.get("step") or 0
        if step and grown.epochs and step <= grown.epochs[-1][0]:  # the run was resumed from before it
            grown.epochs = [epoch for epoch in grown.epochs if epoch[0] < step]
            grown.test = None
            if grown.best is not None and (grown.best.get("step") or 0) >= step:
                grown.best = None
        metrics = record.get("metrics") or {}
        values = {name: metrics[name].get(metric) for name, metric in key_metrics.items() if name in metrics}
        grown.epochs.append([step, record.get("epoch") or 0, record.get("time") or 0.0, values])
        grown.last = record
        if record.get("best") or (grown.best is None and not record.get("unsound")):
            grown.best = record


def _number(value: Any, blank: float) -> float:
    return float(value) if isinstance(value, int | float) else blank
