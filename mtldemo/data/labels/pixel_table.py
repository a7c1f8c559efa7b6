"""UTKFace as a table: Kaggle's ``age_gender.csv``, whose column ``pixels`` is the pictures.

Header ``age,ethnicity,gender,img_name,pixels``; a row's pixels are the grey values of a square, 48 x 48, divided by
spaces. Labels are UTKFace's.
"""

import hashlib
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow
from PIL import Image

from mtldemo.data.labels.base import FACES, LabelColumns, LabelNotes
from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.column import Column
from mtldemo.data.labels.column_tasks import ColumnSummary
from mtldemo.data.labels.format import DataLocation, Format
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.table import Table
from mtldemo.data.labels.table_labels import TableLabels
from mtldemo.data.source import Picture, Source
from mtldemo.tasks import UTKFACE
from mtldemo.tasks.task import REGRESSION

PIXELS, NAME = "pixels", "img_name"


class PixelTable(Format):
    """The pictures stand in the table; the tasks are UTKFace's."""

    title = "UTKFace as a table of pixels"
    pictures = FACES

    def matches(self, location: DataLocation) -> bool:
        names = [location.file] if location.file else location.called("age_gender.csv")
        if not names or not names[0].lower().endswith(".csv"):
            return False
        head = location.head(names[0]).partition("\n")[0].replace(" ", "").replace('"', "").split(",")
        return PIXELS in head and set(UTKFACE.names) <= set(head)

    def open(self, location: DataLocation) -> LabelledSource:
        name = location.file or location.called("age_gender.csv")[0]
        table = location.table(name)
        names = _names(table)
        values = {task: Column.of(task, table.columns[task]) for task in UTKFACE.names}
        numbers = {task: column.numbers[column.codes] for task, column in values.items()}
        problems = _problems(table, numbers)
        summaries = tuple(
            ColumnSummary(
                task.name,
                task.kind,
                "it is UTKFace's",
                tuple(values[task.name].texts[:12]),
                dict(zip(values[task.name].texts[:12], values[task.name].counts.tolist()[:12], strict=True)),
                0,
                (task.name,),
            )
            for task in UTKFACE
        )
        sentences = (f"It is read as UTKFace's table of pixels: pictures and labels stand in {name}.", *table.notes)
        notes = LabelNotes(sentences, rejected=table.rejected)
        repairs = [""] * len(names)
        columns = LabelColumns(numbers, problems, repairs)
        labels = TableLabels(UTKFACE, names, columns, notes, TaskChoices())
        path = location.listing.path if location.listing.path.is_file() else location.listing.path / name
        return LabelledSource(PixelSource(path, location.title, names, table.columns[PIXELS]), labels, summaries)


class PixelSource(Source):
    """Pictures whose grey values stand as texts in ``pixels`` [N], called ``names`` [N]; each is read as a PNG."""

    def __init__(self, path: Path, name: str, names: Sequence[str], pixels: pyarrow.Array) -> None:
        super().__init__(path, name)
        self._names = names
        self._pixels = pixels

    def fingerprint(self) -> str:
        status = self.path.stat()
        mark = f"pixels:{self.path.resolve()}:{status.st_size}:{status.st_mtime_ns}"
        return hashlib.sha256(mark.encode(errors="replace")).hexdigest()

    def pictures(self) -> Iterator[Picture]:
        for name, pixels in zip(self._names, self._pixels, strict=True):
            yield _picture(name, pixels.as_py())

    def expected(self, read: int) -> int:
        return len(self._names)


def _picture(name: str, text: str) -> Picture:
    try:
        values = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError):
        return Picture(name, problem="its pixels are no whole numbers")
    side = math.isqrt(len(values))
    if not side or side * side != len(values):
        return Picture(name, problem=f"it has {len(values):,} pixels, which is no square")
    if values.min() < 0 or values.max() > 255:
        return Picture(name, problem="its pixels are not within 0 to 255")
    file = io.BytesIO()
    Image.fromarray(values.astype(np.uint8).reshape(side, side)).save(file, "PNG", compress_level=1)
    return Picture(name, data=file.getvalue())


def _names(table: Table) -> list[str]:
    """A name for each row, its own: the file's that it was made from, after its line."""
    given = table.columns.get(NAME)
    texts = given.to_pylist() if given is not None else [""] * len(table)
    return [f"line {line}/{text or 'picture.png'}" for line, text in zip(table.lines.tolist(), texts, strict=True)]


def _problems(table: Table, numbers: Mapping[str, np.ndarray]) -> list[str]:
    problems = [""] * len(table)
    for task in UTKFACE:
        values = numbers[task.name]
        high = task.high if task.kind == REGRESSION else len(task.classes) - 1
        wrong = ~((values >= 0) & (values <= high) & (values == np.round(values)))
        for row in np.flatnonzero(wrong).tolist():
            text = table.columns[task.name][row].as_py()
            problems[row] = (
                f"{table.file}, line {table.lines[row]}: the {task.name} {text!r} is not within 0 to {high:g}"
            )
    return problems
