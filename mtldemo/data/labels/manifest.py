"""A table beside the pictures: one file, or one for each split."""

import dataclasses

from mtldemo.data.labels.format import DataLocation, Format
from mtldemo.data.labels.labelled_source import LabelledSource, labelled_source
from mtldemo.data.labels.rows import joined_rows, names_pictures
from mtldemo.data.labels.splits import SPLITS, split_in_name, split_of
from mtldemo.data.labels.table import Table
from mtldemo.data.labels.tabular import ENDINGS
from mtldemo.errors import MtlDemoError

MOST_FILES = 40
"""Files that are looked into to find the one that names pictures."""
METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")


class Manifest(Format):
    """Any table with a column of paths and columns of labels.

    In a folder it is looked for at the top, and else in the folders below: ``train.txt``, ``val.txt`` and ``test.txt``,
    or one file. Hugging Face's ``metadata.csv``, ``.jsonl`` and ``.parquet`` lie in a folder for each split.
    """

    title = "a manifest"

    def matches(self, location: DataLocation) -> bool:
        return bool(location.file or _naming_pictures(location))

    def open(self, location: DataLocation) -> LabelledSource:
        tables, notes = _chosen(location) if location.file else _tables(location)
        rows = joined_rows(tables, location.pictures, location.choices, location.base)
        files = ", ".join(table.file for table in tables)
        return labelled_source(
            rows, location.pictures, location.choices, location.title, [f"The labels are those in {files}.", *notes]
        )


def _chosen(location: DataLocation) -> tuple[list[Table], list[str]]:
    folder = location.file.rpartition("/")[0]
    beside = [
        name
        for name in sorted(location.listing.others)
        if name != location.file and name.rpartition("/")[0] == folder and split_in_name(name)
    ]
    notes = []
    if split_in_name(location.file) and beside:
        notes.append(f"{', '.join(beside[:4])} beside it isn't read; choose the folder to read all of them.")
    return [based(location.table(location.file))], notes


def _tables(location: DataLocation) -> tuple[list[Table], list[str]]:
    tables = _naming_pictures(location)
    parts = sorted((table for table in tables if table.split), key=lambda table: SPLITS.index(table.split))
    notes = location.unreadable()
    if parts and (parts[0].split == "train" or len(parts) == len(tables)):
        others = [table.file for table in tables if not table.split]
        return parts, [*(f"{name} isn't read, as there is a file for each split." for name in others), *notes]
    if len(tables) > 1:
        raise MtlDemoError(
            f"{', '.join(table.file for table in tables[:6])} all name pictures; choose the one that holds the labels."
        )
    return [dataclasses.replace(tables[0], split="")], notes


def _naming_pictures(location: DataLocation) -> list[Table]:
    """The tables with paths of pictures, of the outermost folder that has some; each with its split, if it has one."""
    files = [name for name in location.files if name.lower().endswith(ENDINGS)]
    metadata = [name for name in files if name.rpartition("/")[2].lower() in METADATA]
    for depth in range(3):
        tables = []
        for name in [name for name in metadata or files if name.count("/") == depth][:MOST_FILES]:
            try:
                table = based(location.table(name))
            except MtlDemoError:
                continue
            if names_pictures(table, location.pictures, location.choices, location.base):
                tables.append(dataclasses.replace(table, split=split_of_file(name)))
        if tables:
            return tables
    return []


def split_of_file(name: str) -> str:
    """The split of all of a file: by its folder, as Hugging Face has it, or by its name."""
    folder = name.rpartition("/")[0].rpartition("/")[2]
    return split_of(folder) or split_in_name(name)


def based(table: Table) -> Table:
    """``table``, whose paths are counted from its own folder on."""
    folder = table.file.rpartition("/")[0]
    return dataclasses.replace(table, base=f"{folder}/" if folder else "")
