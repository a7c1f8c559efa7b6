"""CelebA: 40 attributes of 202,599 faces, with its own partition and the identities.

The official text files or Kaggle's tables of the same names, wherever below the folder:

    list_attr_celeba.txt      a count, the names, then ``000001.jpg -1  1  1 ...``; -1 is no, 1 is yes
    list_eval_partition.txt   ``000001.jpg 0``; 0 train, 1 val, 2 test
    identity_CelebA.txt       ``000001.jpg 2880``

Source: Liu, Luo, Wang and Tang, Deep Learning Face Attributes in the Wild, ICCV 2015.
"""

import dataclasses
import re

from mtldemo.data.labels.arrow import compute
from mtldemo.data.labels.base import FACES, WHOLE
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.delimited import read_delimited
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.table import Table
from mtldemo.errors import MtlDemoError
from mtldemo.tasks.task import BINARY

ATTRIBUTES = ("list_attr_celeba.txt", "list_attr_celeba.csv")
PARTITION = ("list_eval_partition.txt", "list_eval_partition.csv")
IDENTITY = ("identity_celeba.txt", "identity_celeba.csv")
WILD = "img_celeba/"
"""The folder of the pictures as they were found, with more than a face in them."""
PATH, SPLIT, PERSON = "image_id", "partition", "identity"
YES_OR_NO = ColumnChoice(kind=BINARY, values=("-1", "1"), classes=("no", "yes"), missing=())


class CelebA(Format):
    """40 binary tasks, -1 is no."""

    title = "CelebA"
    pictures = FACES

    def matches(self, location: DataLocation) -> bool:
        return bool(location.called(*ATTRIBUTES))

    def open(self, location: DataLocation) -> LabelledSource:
        name = location.called(*ATTRIBUTES)[0]
        table = _attributes(location, name)
        attributes = [column for column in table.columns if column != PATH]
        preset = TaskChoices(dict.fromkeys(attributes, YES_OR_NO), path=PATH)
        beside = dataclasses.replace(location, file="")
        notes = [f"It is read as CelebA: the labels are those in {name}, where -1 is no."]
        if files := beside.called(*PARTITION):
            table = _with_column(table, beside.table(files[0]), SPLIT)
            preset = dataclasses.replace(preset, split=SPLIT)
        if files := beside.called(*IDENTITY):
            table = _with_column(table, beside.table(files[0]), PERSON)
            preset = dataclasses.replace(preset, group=PERSON)
        wild = sum(WILD in name for name in location.pictures.pictures)
        pictures = WHOLE if 2 * wild > len(location.pictures.pictures) else FACES
        return dataclasses.replace(labelled_tables(location, [table], preset, notes), pictures=pictures)


def _attributes(location: DataLocation, name: str) -> Table:
    if not name.lower().endswith(".txt"):
        return _renamed(location.table(name))
    data = location.listing.read(name).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    counted = re.match(rb"\s*\d+\s*\n", data)
    data = data[counted.end() :] if counted else data
    # The header has no name for the first column.
    data = data if data.lstrip().startswith(PATH.encode()) else PATH.encode() + b" " + data.lstrip()
    table = read_delimited(data, name, TaskChoices(delimiter=" ", header=True))
    return dataclasses.replace(table, lines=table.lines + (1 if counted else 0))


def _renamed(table: Table) -> Table:
    """With the usual name for the column of the paths, the first."""
    first, *others = table.columns
    return dataclasses.replace(table, columns={PATH: table.columns[first], **{n: table.columns[n] for n in others}})


def _with_column(table: Table, other: Table, name: str) -> Table:
    """``table`` with the second column of ``other``, looked up by the first."""
    if len(other.columns) != 2:
        raise MtlDemoError(
            f"{other.file} should have two columns, the picture and its {name}; it has {len(other.columns)}."
        )
    keys, values = other.columns.values()
    indices = compute.index_in(table.columns[PATH], value_set=keys)
    column = compute.fill_null(values.take(indices), "")
    return dataclasses.replace(table, columns={**table.columns, name: column})
