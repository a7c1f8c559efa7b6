"""AgeDB: ages, genders and identities in the pictures' names, ``0_MariaCallas_35_f.jpg``.

Flat, or a folder for each identity. Source: Moschoglou et al., AgeDB: The First Manually Collected, In-the-Wild Age
Database, CVPR Workshops 2017.
"""

import re

from mtldemo.data.labels.base import FACES
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.named_pictures import named_so, named_table
from mtldemo.tasks.task import BINARY, REGRESSION

NAME = re.compile(r"(?:^|/)\d+_(?P<identity>[^/]*?[^\W\d][^/]*?)_(?P<age>\d{1,3})_(?P<gender>[mf])\.\w+$")
PRESET = TaskChoices(
    {
        "age": ColumnChoice(kind=REGRESSION, unit="years"),
        "gender": ColumnChoice(kind=BINARY, values=("m", "f"), classes=("male", "female")),
    },
    path="path",
    group="identity",
)


class AgeDb(Format):
    """Age and gender; a person's pictures stay together."""

    title = "AgeDB"
    pictures = FACES

    def matches(self, location: DataLocation) -> bool:
        return not location.file and named_so(location.pictures, NAME)

    def open(self, location: DataLocation) -> LabelledSource:
        note = "It is read as AgeDB: the labels stand in the pictures' names."
        return labelled_tables(location, [named_table(location.pictures, NAME)], PRESET, [note])
