"""AFAD, the Asian Face Age Dataset: ``AFAD-Full/<age>/<111|112>/406208-0.jpg``; 111 is male, 112 female.

CORAL's tables of it, ``afad_train.csv``, ``afad_valid.csv`` and ``afad_test.csv``, have the header
``file,path,age,gender`` and an age that is 15 less than the folder's: ``406208-0.jpg,39/112/406208-0.jpg,24,female``.
The folder's is the true one. Sources: Niu et al., Ordinal Regression with Multiple Output CNN for Age Estimation, CVPR
2016; Cao, Mirjalili and Raschka, Rank Consistent Ordinal Regression, 2020.
"""

import dataclasses
import re

from mtldemo.data.labels.base import FACES
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.named_pictures import named_so, named_table
from mtldemo.tasks.task import BINARY, REGRESSION

NAME = re.compile(r"(?:^|/)(?P<age>\d{1,3})/(?P<gender>11[12])/[^/]+$")
FILES = ("afad_train.csv", "afad_valid.csv", "afad_test.csv")
YOUNGEST = 15.0
"""What CORAL's ages are counted from."""
AGE = ColumnChoice(kind=REGRESSION, unit="years")
GENDER = ColumnChoice(kind=BINARY, classes=("male", "female"), values=("111", "112"))


class Afad(Format):
    """Age and gender by the folders, or by CORAL's tables with their offset put right."""

    title = "AFAD"
    pictures = FACES

    def matches(self, location: DataLocation) -> bool:
        return bool(location.called(*FILES)) or (not location.file and named_so(location.pictures, NAME))

    def open(self, location: DataLocation) -> LabelledSource:
        names = location.called(*FILES)
        if not names:
            preset = TaskChoices({"age": AGE, "gender": GENDER}, path="path")
            note = "It is read as AFAD: ages and genders are the folders'."
            return labelled_tables(location, [named_table(location.pictures, NAME)], preset, [note])
        columns = {
            "age": dataclasses.replace(AGE, offset=YOUNGEST),
            "gender": dataclasses.replace(GENDER, values=GENDER.classes),
            "file": ColumnChoice(left_out=True),
        }
        tables = [location.table_of_split(name) for name in names]
        note = f"It is read as AFAD by CORAL's tables {', '.join(names)}, whose ages are {YOUNGEST:g} years too low."
        return labelled_tables(location, tables, TaskChoices(columns, path="path"), [note])
