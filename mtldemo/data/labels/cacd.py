"""CACD, the Cross-Age Celebrity Dataset: ages and celebrities in the pictures' names, ``54_Bill_Pullman_0006.jpg``.

CORAL's tables of it, ``cacd_train.csv``, ``cacd_valid.csv`` and ``cacd_test.csv``, have the header ``,file,age`` and an
age that is 14 less than the name's, which is the true one: ``127559,54_Bill_Pullman_0006.jpg,40``. Sources: Chen, Chen
and Hsu, Cross-Age Reference Coding, ECCV 2014; Cao, Mirjalili and Raschka, 2020.
"""

import dataclasses
import re

import pyarrow

from mtldemo.data.labels.base import FACES
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.named_pictures import named_so, named_table
from mtldemo.data.labels.table import Table
from mtldemo.tasks.task import REGRESSION

NAME = re.compile(r"(?:^|/)(?P<age>\d{1,3})_(?P<identity>[^/]*[^\W\d][^/]*)_\d{4}\.\w+$")
FILES = ("cacd_train.csv", "cacd_valid.csv", "cacd_test.csv")
YOUNGEST = 14.0
"""What CORAL's ages are counted from."""
AGE = ColumnChoice(kind=REGRESSION, unit="years")


class Cacd(Format):
    """Age; a celebrity's pictures stay together."""

    title = "CACD"
    pictures = FACES

    def matches(self, location: DataLocation) -> bool:
        return bool(location.called(*FILES)) or (not location.file and named_so(location.pictures, NAME))

    def open(self, location: DataLocation) -> LabelledSource:
        names = location.called(*FILES)
        if not names:
            note = "It is read as CACD: the labels stand in the pictures' names."
            preset = TaskChoices({"age": AGE}, path="path", group="identity")
            return labelled_tables(location, [named_table(location.pictures, NAME)], preset, [note])
        tables = [_with_identity(location.table_of_split(name, "file")) for name in names]
        preset = TaskChoices({"age": dataclasses.replace(AGE, offset=YOUNGEST)}, path="file", group="identity")
        note = f"It is read as CACD by CORAL's tables {', '.join(names)}, whose ages are {YOUNGEST:g} years too low."
        return labelled_tables(location, tables, preset, [note])


def _with_identity(table: Table) -> Table:
    matches = [NAME.search(text) for text in table.columns["file"].to_pylist()]
    identity = pyarrow.array([match["identity"] if match else "" for match in matches], pyarrow.string())
    return dataclasses.replace(table, columns={**table.columns, "identity": identity})
