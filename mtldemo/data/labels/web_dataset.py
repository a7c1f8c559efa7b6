"""WebDataset: each picture's labels in files of its name, ``000.jpg`` beside ``000.json`` or ``000.cls``.

A ``.tar`` (or a folder it was unpacked into, or one with several shards) whose members belong together by their name up
to the first dot. ``.json`` holds an object with all labels, ``.cls`` the index or the name of one class. Source:
WebDataset's file format.
"""

import json
from typing import Any

import pyarrow

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.columnar import table_of_objects
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.splits import split_in_name, split_of
from mtldemo.errors import MtlDemoError

FILE, PATH, SPLIT = "the files beside the pictures", "path of the picture", "split"
CLASS = "cls"
ENDINGS = (".json", f".{CLASS}")


class WebDataset(Format):
    """A task for each label in the objects, and one for the classes."""

    title = "WebDataset"

    def matches(self, location: DataLocation) -> bool:
        if location.file or not location.pictures.pictures:
            return False
        beside = {_key(name) for name in location.listing.others if name.lower().endswith(ENDINGS)}
        return bool(beside) and 2 * sum(_key(name) in beside for name in location.pictures.pictures) > len(
            location.pictures.pictures
        )

    def open(self, location: DataLocation) -> LabelledSource:
        files: dict[str, list[str]] = {}
        for name in sorted(location.listing.others):
            if name.lower().endswith(ENDINGS):
                files.setdefault(_key(name), []).append(name)
        rows: list[dict[str, Any]] = []
        problems: list[tuple[str, str]] = []
        for picture in sorted(location.pictures.pictures):
            row: dict[str, Any] = {}
            for file in files.get(_key(picture), ()):
                try:
                    row |= _labels(location.listing.read(file), file)
                except MtlDemoError as error:
                    problems.append((file, str(error)))
            rows.append({**row, PATH: picture})
        table = table_of_objects(FILE, rows, range(1, len(rows) + 1))
        splits = [next(filter(None, map(_split, row[PATH].split("/")[:-1])), "") for row in rows]
        preset = TaskChoices(path=PATH)
        if any(splits) and SPLIT not in table.columns:
            table.columns[SPLIT] = pyarrow.array(splits, pyarrow.string())
            preset = TaskChoices(path=PATH, split=SPLIT)
        reasons = [f"{file}: {reason}" for file, reason in problems[:6]]
        return labelled_tables(
            location, [table], preset, ["Each picture's labels stand in files of its name.", *reasons]
        )


def _split(part: str) -> str:
    """The split that a folder or a shard is of, such as ``train`` or ``train-000.tar``."""
    return split_of(part) or split_in_name(part)


def _key(name: str) -> str:
    """What a sample's members have in common: the folder, and the name up to its first dot."""
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(".")[0]


def _labels(data: bytes, file: str) -> dict[str, Any]:
    """The labels in a file. Raises ``MtlDemoError`` where it holds none."""
    text = data.decode("utf-8-sig", errors="replace").strip()
    if file.lower().endswith(f".{CLASS}"):
        return {CLASS: text}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise MtlDemoError("it is no JSON object, so its labels are missing")
    return values
