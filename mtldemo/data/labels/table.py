"""The rows of one manifest file: columns of texts, and the line that each row stands in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow

from mtldemo.data.labels.arrow import numpy_of
from mtldemo.data.labels.column import Column
from mtldemo.errors import readable

Rejected = tuple[str, str]
"""Where something is (a file and a line) and why it can't be used."""


@dataclass(frozen=True)
class Table:
    """``columns`` by name: trimmed texts [N], an empty one where a cell is. ``lines`` int64 [N] are counted from 1.

    ``header`` says whether the names are the file's own; ``rejected`` are the lines that are no rows of it, ``notes``
    what was chosen in reading it; ``split`` is the one that all of it belongs to and ``base`` the folder that its paths
    are counted from, with a ``/`` at its end, or empty.
    """

    file: str
    columns: dict[str, pyarrow.Array]
    lines: np.ndarray
    header: bool
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()
    split: str = ""
    base: str = ""
    _encoded: dict[str, tuple[pyarrow.Array, Column]] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.lines)

    def without_row(self) -> str:
        """Why there is no row, in words; empty where there is one."""
        if len(self):
            return ""
        if not self.rejected:
            return f"{self.file} has a header and no row; a manifest has a line for each picture."
        where, reason = self.rejected[0]
        return f"{self.file} has no line that is a row as its header says; {where}: {reason}."

    def taken(self, rows: np.ndarray) -> "Table":
        """Only the ``rows`` (indices, or a mask)."""
        index = np.flatnonzero(rows) if rows.dtype == bool else rows
        columns = {name: column.take(pyarrow.array(index)) for name, column in self.columns.items()}
        return Table(
            self.file, columns, self.lines[index], self.header, self.rejected, self.notes, self.split, self.base
        )

    def column(self, name: str) -> Column:
        """A column with its different texts, which are looked for once in the same cells."""
        cells = self.columns[name]
        known = self._encoded.get(name)
        if known is None or known[0] is not cells:
            known = self._encoded[name] = cells, Column.of(name, cells)
        return known[1]

    def texts(self, name: str) -> np.ndarray:
        """A column as an array of Python texts."""
        return numpy_of(self.columns[name])


def column_names(cells: Sequence[str]) -> list[str]:
    """Names of columns from the header's ``cells``: each its own, so that the second ``age`` is ``age (2)``."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = readable(cell.strip()) or f"column {number}"
        count = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({count + 1})" if name in names else name)
    return names


def by_lines(file: str, problems: Iterable[tuple[int, str]]) -> list[Rejected]:
    """Lines with reasons, where neighbours with one reason are one: ``train.csv, lines 3 to 7``."""
    grouped: list[tuple[int, int, str]] = []
    for line, reason in problems:
        if grouped and grouped[-1][2] == reason and grouped[-1][1] + 1 == line:
            grouped[-1] = (grouped[-1][0], line, reason)
        else:
            grouped.append((line, line, reason))
    return [
        (f"{file}, line {first}" if first == last else f"{file}, lines {first} to {last}", reason)
        for first, last, reason in grouped
    ]
