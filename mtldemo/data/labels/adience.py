"""Adience: ages in eight bins, and gender, in five folds.

``fold_0_data.txt`` to ``fold_4_data.txt`` are divided by tabs, with the header ``user_id original_image face_id age
gender x y ...``; the pictures are ``<user_id>/coarse_tilt_aligned_face.<face_id>.<original_image>`` below ``faces``, or
``landmark_aligned_face...`` below ``aligned``. Gender is m, f, u or empty. Ages are bins such as ``(25, 32)``, a few
numbers, and None: what lies in one of the eight bins is in it, anything else is without a label.
Source: Eidinger, Enbar and Hassner, Age and Gender Estimation of Unfiltered Faces, TIFS 2014.
"""

import dataclasses
import re

import numpy as np
import pyarrow

from mtldemo.data.labels.arrow import compute
from mtldemo.data.labels.base import FACES
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.table import Table
from mtldemo.tasks.task import BINARY, CLASSES

FILES = tuple(f"fold_{number}_data.txt" for number in range(5))
BINS = ((0, 2), (4, 6), (8, 13), (15, 20), (25, 32), (38, 43), (48, 53), (60, 100))
NAMES = tuple(f"({low}, {high})" for low, high in BINS)
LABELS = ("user_id", "age", "gender")
ALIGNED = ("coarse_tilt_aligned_face", "landmark_aligned_face")
PRESET = TaskChoices(
    {
        "age": ColumnChoice(kind=CLASSES, values=NAMES, classes=NAMES, missing=("None",), unit="years"),
        "gender": ColumnChoice(kind=BINARY, values=("m", "f"), classes=("male", "female"), missing=("u", "None")),
    },
    path="path",
    group="user_id",
    fold="fold",
)


class Adience(Format):
    """Age by bins and gender; a user's pictures stay together."""

    title = "Adience"
    pictures = FACES

    def matches(self, location: DataLocation) -> bool:
        return bool(location.called(*FILES))

    def open(self, location: DataLocation) -> LabelledSource:
        names = location.called(*FILES)
        sample = "\n".join(location.pictures.pictures[:1000])
        aligned = next((kind for kind in ALIGNED if kind in sample), ALIGNED[0])
        tables = [_fold(location.table(name, *LABELS, "face_id", "original_image"), aligned, name) for name in names]
        note = f"It is read as Adience: the labels are those in {', '.join(names)}, the pictures are {aligned}."
        return labelled_tables(location, tables, PRESET, [note])


def _fold(table: Table, aligned: str, name: str) -> Table:
    columns = table.columns
    face = compute.binary_join_element_wise(aligned, columns["face_id"], columns["original_image"], ".")
    path = compute.binary_join_element_wise(columns["user_id"], face, "/")
    number = re.sub(r"\D", "", name.rpartition("/")[2])
    fold = pyarrow.array([number]).take(pyarrow.array(np.zeros(len(table), dtype=np.int64)))
    ages = pyarrow.array([_bin(text) for text in columns["age"].to_pylist()], pyarrow.string())
    label_columns = {label: columns[label] for label in LABELS}
    return dataclasses.replace(table, columns={"path": path, **label_columns, "age": ages, "fold": fold})


def _bin(text: str) -> str:
    """The bin that an age, or all of a narrower bin, lies in; None where it is in none, as between two of them."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if not numbers:
        return "None"
    fitting = [
        name for name, (low, high) in zip(NAMES, BINS, strict=True) if low <= min(numbers) <= max(numbers) <= high
    ]
    return fitting[0] if fitting else "None"
