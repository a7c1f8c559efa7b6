"""A folder for each class: ``train/<class>/x.jpg``, or ``<class>/x.jpg``."""

from collections import Counter

import numpy as np
import pyarrow

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.format import DataLocation, Format
from mtldemo.data.labels.labelled_source import LabelledSource, labelled_source
from mtldemo.data.labels.rows import joined_rows
from mtldemo.data.labels.splits import split_of
from mtldemo.data.labels.table import Table
from mtldemo.tasks.kinds.classes import MOST_CLASSES

FILE = "the folders"
COLUMN = "class"


class ClassFolders(Format):
    """One task: each picture's class is the folder it lies in. Folders called as splits are are splits."""

    title = "a folder for each class"

    def matches(self, location: DataLocation) -> bool:
        classes = Counter(_class_of(name) for name in location.pictures.pictures)
        inside = len(location.pictures.pictures) - classes.pop("", 0)
        # Pictures that lie about are no class; a few are left out, many mean that folders aren't classes.
        return not location.file and 2 <= len(classes) <= MOST_CLASSES and 2 * inside > len(location.pictures.pictures)

    def open(self, location: DataLocation) -> LabelledSource:
        names = sorted(location.pictures.pictures)
        columns = {
            "path": pyarrow.array(names, pyarrow.string()),
            "split": pyarrow.array([_split_of(name) for name in names], pyarrow.string()),
            COLUMN: pyarrow.array([_class_of(name) for name in names], pyarrow.string()),
        }
        table = Table(FILE, columns, np.arange(1, len(names) + 1), True)

        choices = location.choices.over(TaskChoices(path="path"))
        if any(columns["split"].to_pylist()):
            choices = choices.over(TaskChoices(split="split"))
        else:
            del columns["split"]
        rows = joined_rows([table], location.pictures, choices)
        return labelled_source(rows, location.pictures, choices, location.title, ["Each folder is taken for a class."])


def _class_of(name: str) -> str:
    folder = name.rpartition("/")[0].rpartition("/")[2]
    return "" if split_of(folder) else folder


def _split_of(name: str) -> str:
    splits = [split_of(part) for part in name.split("/")[:-1]]
    return next((split for split in splits if split), "")
