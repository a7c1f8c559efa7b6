"""A data set as tests look at it."""

from pathlib import Path

import numpy as np

from mtldemo.data.labels.base import LabelColumns
from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.recognise import recognise


def opened(path: Path, choices: TaskChoices | None = None) -> LabelledSource:
    found = recognise(path, choices)
    assert found is not None
    return found


def names(found: LabelledSource) -> list[str]:
    return [picture.name for picture in found.source.pictures()]


def columns(found: LabelledSource) -> LabelColumns:
    return found.labels.of(names(found))


def by_name(found: LabelledSource, task: str) -> dict[str, float]:
    """The labels of a task by the last part of each picture's name; those that are missing are left out."""
    values = columns(found).values[task].tolist()
    labels = zip(names(found), values, strict=True)
    return {name.rpartition("/")[2]: value for name, value in labels if not np.isnan(value)}
