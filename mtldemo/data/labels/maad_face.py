"""MAAD-Face: 47 attributes of VGGFace2's faces, most of them unknown for many pictures.

Header ``Filename,Identity,Male,Young,...``; -1 is no, 1 is yes, 0 is undefined. Source: Terhörst et al., MAAD-Face: A
Massively Annotated Attribute Dataset for Face Images, TIFS 2021.
"""

from mtldemo.data.labels.base import FACES
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.format import Format, Place, labelled
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.tasks.task import BINARY

PATH, PERSON = "Filename", "Identity"
MARKS = {"Male", "Young"}
ATTRIBUTE = ColumnChoice(kind=BINARY, values=("-1", "1"), classes=("no", "yes"), missing=("0",))


class MaadFace(Format):
    """Binary tasks; 0 is no label."""

    title = "MAAD-Face"
    pictures = FACES

    def matches(self, place: Place) -> bool:
        return bool(_files(place))

    def open(self, place: Place) -> LabelledSource:
        name = _files(place)[0]
        table = place.table(name)
        attributes = [column for column in table.columns if column not in (PATH, PERSON)]
        preset = TaskChoices(dict.fromkeys(attributes, ATTRIBUTE), path=PATH, group=PERSON)
        note = f"It is read as MAAD-Face: the labels are those in {name}, where -1 is no and 0 is unknown."
        return labelled(place, [table], preset, [note])


def _files(place: Place) -> list[str]:
    """Tables whose header begins as MAAD-Face's."""
    return [
        name
        for name in place.files
        if name.lower().endswith(".csv") and _is_header(place.head(name).partition("\n")[0].strip().split(","))
    ]


def _is_header(cells: list[str]) -> bool:
    return {PATH, PERSON, *MARKS} <= set(cells)
