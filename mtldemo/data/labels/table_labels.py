"""Labels that stand in tables."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import numpy as np

from mtldemo.data.labels.base import LabelColumns, LabelNotes, Labels, TextColumn
from mtldemo.data.labels.choices import TaskChoices
from mtldemo.tasks import TaskSet


class TableLabels(Labels):
    """The labels of the pictures called ``names`` [M]: ``columns`` has a value for each of them, by its place there.

    A name that isn't among them has a problem, as nothing is known of it.
    """

    def __init__(
        self, tasks: TaskSet, names: TextColumn, columns: LabelColumns, notes: LabelNotes, choices: TaskChoices
    ) -> None:
        self.tasks = tasks
        self.notes = notes
        self.choices = choices
        self._names = names
        self._columns = columns
        self._index_of: Mapping[str, int] | None = None
        self._mark = ""

    def of(self, names: Sequence[str]) -> LabelColumns:
        if self._index_of is None:
            self._index_of = {name: index for index, name in enumerate(_listed(self._names))}
        indices = np.array([self._index_of.get(name, -1) for name in names], dtype=np.int64)
        known, all_ = indices >= 0, self._columns
        values = {task: np.where(known, column[indices], np.nan) for task, column in all_.values.items()}

        def texts(column: TextColumn, other: str = "") -> list[str]:
            return [str(column[index]) if index >= 0 else other for index in indices.tolist()]

        return LabelColumns(
            values,
            texts(all_.problems, "no manifest names it"),
            texts(all_.repairs),
            None if all_.split is None else texts(all_.split),
            None if all_.group is None else texts(all_.group),
            None if all_.fold is None else np.where(known, all_.fold[indices], -1),
        )

    def mark(self) -> str:
        if not self._mark:
            columns = self._columns
            words = [self.tasks.to_list(), self.choices.of_labels.to_dict(), list(columns.values)]
            mark = hashlib.sha256(json.dumps(words, sort_keys=True).encode())
            for texts in (self._names, columns.problems, columns.split, columns.group):
                mark.update(b"\1" if texts is None else "\0".join(_listed(texts)).encode(errors="replace"))
            for numbers in (*columns.values.values(), columns.fold):
                mark.update(b"\1" if numbers is None else np.ascontiguousarray(numbers).tobytes())
            self._mark = mark.hexdigest()
        return self._mark


def _listed(column: TextColumn) -> Sequence[str]:
    return column if isinstance(column, Sequence) else column.to_pylist()
