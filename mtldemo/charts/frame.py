"""A run's records as columns. New records are appended as they arrive; nothing already read is gone through again."""

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

STEP_FIELDS = ("step", "epoch", "time", "lr", "images_per_second", "objective", "gradient_norm")


class Columns:
    """Named columns of one length, growing row by row. A value that is missing or null is ``nan``."""

    def __init__(self) -> None:
        self._columns: dict[str, array[float]] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> np.ndarray:
        """A column as a float64 array [N] of its own; all ``nan`` where there is no such column."""
        if name not in self._columns:
            return np.full(self._length, np.nan)
        # A copy: an array that lends its memory out can't grow.
        return np.array(self._columns[name], dtype=np.float64)

    def last(self, name: str) -> float:
        """The newest value of a column, ``nan`` where there is none."""
        return self._columns[name][-1] if self._length and name in self._columns else math.nan

    def below(self, prefix: str) -> list[str]:
        """The names that follow ``prefix.``, such as the tasks in ``losses.age``, in the order of their appearance."""
        return [name.removeprefix(f"{prefix}.") for name in self._columns if name.startswith(f"{prefix}.")]

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one row of numbers or nulls."""
        for name in row:
            if name not in self._columns:
                self._columns[name] = array("d", [math.nan]) * self._length
        for name, column in self._columns.items():
            value = row.get(name)
            column.append(math.nan if value is None else float(value))
        self._length += 1

    def fill(self, columns: Mapping[str, np.ndarray]) -> None:
        """Add many rows at once: columns of numbers [N], all of one length."""
        count = len(next(iter(columns.values()), ()))
        for name in columns:
            if name not in self._columns:
                self._columns[name] = array("d", [math.nan]) * self._length
        for name, column in self._columns.items():
            values = columns.get(name)
            column.frombytes((np.full(count, np.nan) if values is None else values.astype(np.float64)).tobytes())
        self._length += count

    def cut(self, step: float) -> None:
        """Drop the rows from ``step`` on."""
        if "step" not in self._columns:
            return
        length = bisect_left(self._columns["step"], step)
        for column in self._columns.values():
            del column[length:]
        self._length = length


class RunFrame:
    """What a run has recorded, by kind: ``steps`` and ``gradients`` as columns, ``epochs`` and ``test`` as records.

    Columns of steps are those of ``StepRecord``, with ``losses.<task>`` and ``weights.<task>``; of gradients
    ``norms.<task>`` and ``cosines.<pair>``.
    """

    def __init__(self, records: Iterable[Mapping[str, Any]] = ()) -> None:
        self.steps = Columns()
        self.gradients = Columns()
        self.epochs: list[Mapping[str, Any]] = []
        self.test: Mapping[str, Any] | None = None
        self.extend(records)

    def extend(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Append new records. One from before the newest of its kind replaces what followed: the run was resumed."""
        for record in records:
            kind, step = record.get("kind"), record.get("step", 0)
            if kind == "step":
                if step <= self.steps.last("step"):
                    self._rewind(step)
                row = {name: record.get(name) for name in STEP_FIELDS}
                self.steps.append({**row, **_spread(record, "losses"), **_spread(record, "weights")})
            elif kind == "gradients":
                if step <= self.gradients.last("step"):
                    self._rewind(step)
                row = {name: record.get(name) for name in ("step", "epoch", "time")}
                self.gradients.append({**row, **_spread(record, "norms"), **_spread(record, "cosines")})
            elif kind == "epoch":
                if self.epochs and step <= self.epochs[-1]["step"]:
                    self.epochs = [epoch for epoch in self.epochs if epoch["step"] < step]
                self.epochs.append(record)
            elif kind == "test":
                self.test = record

    def _rewind(self, step: float) -> None:
        self.steps.cut(step)
        self.gradients.cut(step)
        self.epochs = [epoch for epoch in self.epochs if epoch["step"] < step]
        self.test = None

    def epoch_values(self, *path: str) -> np.ndarray:
        """One number an epoch [E], found along ``path`` in its record; ``nan`` where there is none."""
        return np.array([_number_at(record, path) for record in self.epochs], dtype=np.float64)


def _spread(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {f"{name}.{key}": value for key, value in (record.get(name) or {}).items()}


def _number_at(record: Any, path: tuple[str, ...]) -> float:
    for key in path:
        record = record.get(key) if isinstance(record, Mapping) else None
    return float(record) if isinstance(record, int | float) else math.nan
