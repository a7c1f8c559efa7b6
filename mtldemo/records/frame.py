"""A run's records as columns. New records are appended as they arrive; nothing already read is gone through again."""

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
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
        if not count:
            return
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
        # Rows wait and are appended together: column by column that is several times as fast.
        steps: list[Mapping[str, Any]] = []
        gradients: list[Mapping[str, Any]] = []
        for record in records:
            kind, step = record.get("kind"), record.get("step", 0)
            if kind in ("step", "gradients"):
                columns, waiting = (self.steps, steps) if kind == "step" else (self.gradients, gradients)
                if step <= (waiting[-1].get("step", 0) if waiting else columns.last("step")):
                    self._fill(steps, gradients)
                    self._rewind(step)
                waiting.append(record)
            elif kind == "epoch":
                if self.epochs and step <= self.epochs[-1].get("step", 0):
                    self.epochs = [epoch for epoch in self.epochs if epoch.get("step", 0) < step]
                self.epochs.append(record)
            elif kind == "test":
                self.test = record
        self._fill(steps, gradients)

    def _fill(self, steps: list[Mapping[str, Any]], gradients: list[Mapping[str, Any]]) -> None:
        """Append the records that wait, which are of rising steps, and empty the lists."""
        self.steps.fill(_columns(steps, STEP_FIELDS, ("losses", "weights")))
        self.gradients.fill(_columns(gradients, ("step", "epoch", "time"), ("norms", "cosines")))
        steps.clear()
        gradients.clear()

    def _rewind(self, step: float) -> None:
        self.steps.cut(step)
        self.gradients.cut(step)
        self.epochs = [epoch for epoch in self.epochs if epoch.get("step", 0) < step]
        self.test = None

    def epoch_values(self, *path: str) -> np.ndarray:
        """One number an epoch [E], found along ``path`` in its record; ``nan`` where there is none."""
        return np.array([_number_at(record, path) for record in self.epochs], dtype=np.float64)


def _columns(
    records: Sequence[Mapping[str, Any]], fields: Sequence[str], groups: Sequence[str]
) -> dict[str, np.ndarray]:
    """The ``fields`` of the records, and ``group.name`` for each name in a group, as arrays [N]; ``nan`` for null."""
    if not records:
        return {}
    columns = {name: np.array([record.get(name) for record in records], dtype=np.float64) for name in fields}
    for group in groups:
        parts = [record.get(group) or {} for record in records]
        for name in dict.fromkeys(chain.from_iterable(parts)):
            columns[f"{group}.{name}"] = np.array([part.get(name) for part in parts], dtype=np.float64)
    return columns


def _number_at(record: Any, path: tuple[str, ...]) -> float:
    for key in path:
        record = record.get(key) if isinstance(record, Mapping) else None
    return float(record) if isinstance(record, int | float) else math.nan
