"""MAAD-Face: 47 attributes of VGGFace2's faces, most of them unknown for many pictures.

Header ``Filename,Identity,Male,Young,...``; -1 is no, 1 is yes, 0 is undefined. Source: Terhörst et al., MAAD-Face: A
Massively Annotated Attribute Dataset for Face Images, TIFS 2021.
"""

from mtldemo.data.labels.base import FACES
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.tasks.task import BINARY

PATH, PERSON = "Filename", "Identity"
MARKS = {"Male", "Young"}
ATTRIBUTE = ColumnChoice(kind=BINARY, values=("-1", "1"), classes=("no", "yes"), missing=("0",))


class MaadFace(Format):
    """Binary tasks; 0 is no label."""

    title = "MAAD-Face"
    pictures = FACES

    def matches(self, location: DataLocation) -> bool:
        return bool(_files(location))

    def open(self, location: DataLocation) -> LabelledSource:
        name = _files(location)[0]
        table = location.table(name)
        attributes = [column for column in table.columns if column not in (PATH, PERSON)]
        preset = TaskChoices(dict.fromkeys(attributes, ATTRIBUTE), path=PATH, group=PERSON)
        note = f"It is read as MAAD-Face: the labels are those in {name}, where -1 is no and 0 is unknown."
        return labelled_tables(location, [table], preset, [note])


def _files(location: DataLocation) -> list[str]:
    """Tables whose header begins as MAAD-Face's."""
    return [
        name
        for name in location.files
        if name.lower().endswith(".csv") and _is_header(location.head(name).partition("\n")[0].strip().split(","))
    ]


def _is_header(cells: list[str]) -> bool:
    return {PATH, PERSON, *MARKS} <= set(cells)
