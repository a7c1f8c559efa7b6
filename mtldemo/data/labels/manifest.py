"""A table beside the pictures: one file, or one for each split."""

import dataclasses

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.format import Format, Place
from mtldemo.data.labels.labelled_source import LabelledSource, labelled_source
from mtldemo.data.labels.rows import joined_rows, names_pictures
from mtldemo.data.labels.splits import SPLITS, split_in_name, split_of
from mtldemo.data.labels.table import Table
from mtldemo.data.labels.tabular import ENDINGS, read_table
from mtldemo.errors import MtlDemoError

MOST_FILES = 40
"""Files that are looked into to find the one that names pictures."""


class Manifest(Format):
    """Any table with a column of paths and columns of labels.

    In a folder it is looked for at the top, and else one folder below: ``train.txt``, ``val.txt`` and ``test.txt``, or
    one file. Hugging Face's ``metadata.csv``, ``.jsonl`` and ``.parquet`` lie in a folder for each split.
    """

    title = "a manifest"

    def matches(self, place: Place) -> bool:
        return bool(place.file or _candidates(place))

    def open(self, place: Place, choices: TaskChoices) -> LabelledSource:
        tables, notes = _tables(place, choices)
        rows = joined_rows(tables, place.pictures, choices, place.base)
        files = ", ".join(table.file for table in tables)
        return labelled_source(
            rows, place.pictures, choices, place.title, [f"The labels are those in {files}.", *notes]
        )


def _candidates(place: Place) -> list[str]:
    """Files that may be manifests, of the outermost folder that has some."""
    files = [name for name in place.files(*ENDINGS) if not name.rpartition("/")[2].startswith(".")]
    by_depth = [[name for name in files if name.count("/") == depth] for depth in range(3)]
    return next((names for names in by_depth if names), [])


def _tables(place: Place, choices: TaskChoices) -> tuple[list[Table], list[str]]:
    if place.file:
        table = _based(read_table(place.listing.read(place.file), place.file, choices), place.file)
        beside = [
            name
            for name in place.listing.others
            if split_in_name(name) and name != place.file and name.rpartition("/")[0] == place.file.rpartition("/")[0]
        ]
        note = f"{', '.join(sorted(beside)[:4])} beside it isn't read; choose the folder to read them all."
        return [table], [note] if split_in_name(place.file) and beside else []
    tables, refused = [], []
    for name in _candidates(place)[:MOST_FILES]:
        try:
            table = _based(read_table(place.listing.read(name), name, choices), name)
            if names_pictures(table, place.pictures, choices, place.base):
                tables.append(dataclasses.replace(table, split=_split(name)))
        except MtlDemoError as error:
            refused.append(str(error))
    parts = sorted((table for table in tables if table.split), key=lambda table: SPLITS.index(table.split))
    if parts and (parts[0].split == "train" or len(parts) == len(tables)):
        others = [table.file for table in tables if not table.split]
        return parts, [f"{name} isn't read, as there is a file for each split." for name in others] + refused
    if len(tables) > 1:
        raise MtlDemoError(
            f"{', '.join(table.file for table in tables[:6])} all name pictures; choose the one that holds the labels."
        )
    if not tables:
        raise MtlDemoError(refused[0] if refused else f"No file in {place.listing.path} names pictures.")
    return [dataclasses.replace(tables[0], split="")], refused


def _split(name: str) -> str:
    """The split of all of a file: by its folder, as Hugging Face has it, or by its name."""
    folder = name.rpartition("/")[0].rpartition("/")[2]
    return split_of(folder) or split_in_name(name)


def _based(table: Table, name: str) -> Table:
    folder = name.rpartition("/")[0]
    return dataclasses.replace(table, base=f"{folder}/" if folder else "")
