"""What a data format is: how it is known, and how it is opened."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.delimited import PATH_NAMES, plain_name
from mtldemo.data.labels.labelled_source import LabelledSource, labelled_source
from mtldemo.data.labels.listing import Listing
from mtldemo.data.labels.rows import joined_rows
from mtldemo.data.labels.splits import split_in_name
from mtldemo.data.labels.table import Table
from mtldemo.data.labels.tabular import ENDINGS, read_table
from mtldemo.errors import MtlDemoError

LONGEST_LABEL = 20
"""Bytes that a column's cells have on average: paths, captions and pixels have more."""


@dataclass(frozen=True)
class DataLocation:
    """Where a data set is. ``listing`` is what lies there and ``pictures`` what lies where the pictures are: the same,
    unless a person chose a folder elsewhere. ``file`` is the one manifest that was chosen, by its name in the listing,
    or empty; ``base`` the chosen folder among the pictures, with a ``/`` at its end, or empty; ``title`` what the data
    set is called, and ``choices`` what a person chose."""

    listing: Listing
    pictures: Listing
    title: str
    choices: TaskChoices
    file: str = ""
    base: str = ""
    _tables: dict[str, Table | str] = field(default_factory=dict, compare=False)

    @property
    def files(self) -> list[str]:
        """The chosen file, or all that are no pictures."""
        return [self.file] if self.file else sorted(self.listing.others)

    def called(self, *names: str) -> list[str]:
        """The files whose last part is, in lower case, one of ``names``, in the order of these."""
        by_name: dict[str, str] = {}
        for file in self.files:
            by_name.setdefault(file.rpartition("/")[2].lower(), file)
        return [by_name[name] for name in names if name in by_name]

    def table(self, name: str, *needed: str) -> Table:
        """The table in a file, which is read once. Raises ``MtlDemoError`` where it can't be, and where it lacks one of
        the ``needed`` columns."""
        if name not in self._tables:
            try:
                self._tables[name] = read_table(self.listing.read(name), name, self.choices)
            except MtlDemoError as error:
                self._tables[name] = str(error)
        table = self._tables[name]
        if isinstance(table, str):
            raise MtlDemoError(table)
        if lacking := [column for column in needed if column not in table.columns]:
            known = ", ".join(list(table.columns)[:12])
            raise MtlDemoError(f"{name} has no column {', '.join(lacking)}; it has: {known}.")
        return table

    def table_of_split(self, name: str, *needed: str) -> Table:
        """The ``table`` in a file whose rows all belong to the split that its name speaks of; of a file that a person
        chose alone they don't."""
        return replace(self.table(name, *needed), split="" if self.file else split_in_name(name))

    def read_ahead(self) -> None:
        """Read the one table that lies in the folder itself, if there is one: most likely it is the manifest. Folders
        below may be listed meanwhile. Columns that may be labels are encoded."""
        tables = [name for name in self.files if "/" not in name and name.lower().endswith(ENDINGS)]
        if len(tables) == 1:
            with contextlib.suppress(MtlDemoError):  # it is kept, and raised where the table is wanted
                table = self.table(tables[0])
                for name, cells in table.columns.items():
                    if len(cells) and cells.nbytes <= LONGEST_LABEL * len(cells):
                        table.column(name).look_ahead()

    def head(self, name: str) -> str:
        """The first lines of a file, as far as they are text; nothing of one that can't be read."""
        try:
            return self.listing.read(name, 2**16).decode("utf-8-sig", errors="replace")
        except MtlDemoError:
            return ""

    def unreadable(self) -> list[str]:
        """What is wrong with the files that couldn't be read as tables, or have no row, in words."""
        faults = (table if isinstance(table, str) else _rowless(table) for table in self._tables.values())
        return [fault for fault in faults if fault]

    def naming_nothing(self) -> str:
        """Of the tables that were read: what is wrong with the first that has a column for paths, in words; empty where
        there is none."""
        for table in self._tables.values():
            if isinstance(table, Table) and table.header:
                path = next((name for name in table.columns if plain_name(name) in PATH_NAMES), "")
                if path:
                    return f"the cells of the column {path} of {table.file} name no picture that is there"
        return ""


def _rowless(table: Table) -> str:
    named = table.header and any(plain_name(name) in PATH_NAMES for name in table.columns)
    return table.without_row() if named else ""


class Format(ABC):
    """A format. ``title`` is what it is called, ``pictures`` what its pictures are, where what is opened doesn't say
    otherwise: ``FACES``, ``WHOLE`` or, where the tasks must say it, empty."""

    title: str
    pictures: str = ""

    @abstractmethod
    def matches(self, location: DataLocation) -> bool:
        """Whether a data set is in this format."""

    @abstractmethod
    def open(self, location: DataLocation) -> LabelledSource:
        """Its pictures and labels. Raises ``MtlDemoError`` with file and line."""


def labelled_tables(
    location: DataLocation, tables: Sequence[Table], preset: TaskChoices, notes: Sequence[str]
) -> LabelledSource:
    """The pictures that ``tables`` name; ``preset`` is what a format says of their columns, as far as a person doesn't
    choose otherwise. Raises ``MtlDemoError``."""
    known = {name for table in tables for name in table.columns}
    columns = {name: choice for name, choice in preset.columns.items() if name in known}
    choices = location.choices.over(replace(preset, columns=columns))
    rows = joined_rows(tables, location.pictures, choices, location.base)
    return labelled_source(rows, location.pictures, choices, location.title, notes)
