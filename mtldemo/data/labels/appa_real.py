"""APPA-REAL: real and apparent ages.

``gt_avg_train.csv``, ``gt_avg_valid.csv`` and ``gt_avg_test.csv`` have the header
``file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age``; pictures are ``train/000000.jpg`` and, cropped to
the face, ``train/000000.jpg_face.jpg``. Source: Agustsson et al., Apparent and Real Age Estimation in Still Images with
Deep Residual Regressors on APPA-REAL Database, FG 2017.
"""

import dataclasses

from mtldemo.data.labels.arrow import compute
from mtldemo.data.labels.base import FACES, WHOLE
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.tasks.task import REGRESSION

FILES = ("gt_avg_train.csv", "gt_avg_valid.csv", "gt_avg_test.csv")
PATH = "file_name"
FACE = "_face.jpg"
AGE = ColumnChoice(kind=REGRESSION, unit="years", low=0.0, high=100.0)
PRESET = TaskChoices(
    {
        "num_ratings": ColumnChoice(left_out=True),
        "apparent_age_avg": dataclasses.replace(AGE, name="apparent_age", title="Apparent age"),
        "apparent_age_std": ColumnChoice(left_out=True),
        "real_age": AGE,
    },
    path=PATH,
)


class AppaReal(Format):
    """Two ages in years; the pictures that are cropped to the face, where they are there."""

    title = "APPA-REAL"
    pictures = FACES

    def matches(self, location: DataLocation) -> bool:
        return bool(location.called(*FILES))

    def open(self, location: DataLocation) -> LabelledSource:
        names = location.called(*FILES)
        faces = sum(name.endswith(FACE) for name in location.pictures.pictures)
        cropped = 3 * faces >= len(location.pictures.pictures) > 0
        tables = []
        for name in names:
            table = location.table_of_split(name, PATH)
            if cropped:
                paths = compute.binary_join_element_wise(table.columns[PATH], FACE, "")
                table = dataclasses.replace(table, columns={**table.columns, PATH: paths})
            tables.append(table)
        which = "cropped to the face" if cropped else "whole"
        note = f"It is read as APPA-REAL: the labels are those in {', '.join(names)}, the pictures are {which}."
        return dataclasses.replace(
            labelled_tables(location, tables, PRESET, [note]), pictures=FACES if cropped else WHOLE
        )
