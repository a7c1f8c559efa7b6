"""FairFace: ages in bins, gender and race, balanced over seven races.

``fairface_label_train.csv`` and ``fairface_label_val.csv`` have the header ``file,age,gender,race,service_test`` and
lines such as ``train/9.jpg,10-19,Male,White,True``. Source: Karkkainen and Joo, FairFace, WACV 2021.
"""

from mtldemo.data.labels.base import FACES
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource

FILES = ("fairface_label_train.csv", "fairface_label_val.csv")
PRESET = TaskChoices(
    {
        "age": ColumnChoice(unit="years"),
        "gender": ColumnChoice(values=("Male", "Female"), classes=("male", "female")),
        "race": ColumnChoice(sensitive=True),
        # Says which pictures the authors judged commercial services with.
        "service_test": ColumnChoice(left_out=True),
    },
    path="file",
)


class FairFace(Format):
    """Age by bins in their order, gender and race."""

    title = "FairFace"
    pictures = FACES

    def matches(self, location: DataLocation) -> bool:
        return bool(location.called(*FILES))

    def open(self, location: DataLocation) -> LabelledSource:
        names = location.called(*FILES)
        tables = [location.table_of_split(name) for name in names]
        return labelled_tables(
            location, tables, PRESET, [f"It is read as FairFace: the labels are those in {', '.join(names)}."]
        )
