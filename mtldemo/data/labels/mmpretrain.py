"""mmpretrain's annotation files: a ``.json`` with ``metainfo`` and a ``data_list``, one for each split or one for all.

    {"metainfo": {"classes": ["cat", "dog"]}, "data_list": [{"img_path": "a.jpg", "gt_label": 0}, ...]}
    {"metainfo": {"tasks": [{"name": "gender", "type": "single-label", "categories": ["male", "female"]},
                            {"name": "wear", "type": "multi-label", "categories": ["hat", "tie"]}]},
     "data_list": [{"img_path": "a.jpg", "gt_label": {"gender": 0, "wear": [1, 0]}}, ...]}

``gt_label`` is the index of a class, a list of such, or an object by task; a task's label may stand beside it as
``gender`` or ``gender_img_label``. Tasks may be names alone. Source: mmpretrain, CustomDataset, MultiLabelDataset and
MultiTaskDataset.
"""

import dataclasses
import re
from typing import Any

from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.columnar import table_of_objects
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.json_list import parsed_json
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.manifest import based, split_of_file
from mtldemo.data.labels.table import Table
from mtldemo.data.labels.text_file import text_file
from mtldemo.errors import MtlDemoError
from mtldemo.tasks.task import BINARY, CLASSES

_BEGINNING = re.compile(r'^\s*\{(?s:.{0,4000}?)"(metainfo|data_list)"\s*:')
PATH, LABEL, LIST, INFO = "img_path", "gt_label", "data_list", "metainfo"
NO_OR_YES = ColumnChoice(kind=BINARY, values=("0", "1"), classes=("no", "yes"))


class MmPretrain(Format):
    """Tasks by their categories; a task with several labels is a binary one for each category."""

    title = "mmpretrain's annotations"

    def matches(self, location: DataLocation) -> bool:
        return bool(_files(location))

    def open(self, location: DataLocation) -> LabelledSource:
        names, columns, tables = _files(location), dict[str, ColumnChoice](), list[Table]()
        for name in names:
            table, of_file = _read(location, name)
            columns = {**of_file, **columns}
            tables.append(dataclasses.replace(based(table), split="" if location.file else split_of_file(name)))
        tables.sort(key=lambda table: table.split != "train")
        note = f"It is read as mmpretrain's annotations: the labels are those in {', '.join(names)}."
        return labelled_tables(location, tables, TaskChoices(columns, path=PATH), [note])


def _files(location: DataLocation) -> list[str]:
    """The files that begin as such annotations do."""
    return [
        name for name in location.files if name.lower().endswith(".json") and _BEGINNING.search(location.head(name))
    ]


def _read(location: DataLocation, name: str) -> tuple[Table, dict[str, ColumnChoice]]:
    """The table in a file, and what its columns with categories are."""
    values = parsed_json(text_file(location.listing.read(name), name).data.decode(errors="replace"), name)
    info, items = values.get(INFO), values.get(LIST)
    if not isinstance(items, list) or not any(isinstance(item, dict) for item in items):
        raise MtlDemoError(f"{name}: its {LIST} has no object; there must be one for each picture.")
    tasks = _categories(info if isinstance(info, dict) else {})
    numbered = [(number, item) for number, item in enumerate(items, 1) if isinstance(item, dict)]
    problems = [(number, "it is no JSON object") for number, item in enumerate(items, 1) if not isinstance(item, dict)]
    rows = [_row(item, tasks) for _, item in numbered]
    # Items are counted: a file on one line has no others.
    table = table_of_objects(f"{name}, {LIST}", rows, [number for number, _ in numbered], (), problems)
    columns: dict[str, ColumnChoice] = {}
    for task, categories in tasks.items():
        if task in table.columns and len(categories) > 1:
            kind = BINARY if len(categories) == 2 else CLASSES
            values_of = tuple(str(index) for index in range(len(categories)))
            columns[task] = ColumnChoice(kind=kind, values=values_of, classes=tuple(categories))
        columns |= {one: NO_OR_YES for one in (f"{task}.{category}" for category in categories) if one in table.columns}
    return table, columns


def _categories(info: dict[str, Any]) -> dict[str, list[str]]:
    """The categories of each task, none where they aren't said; without tasks those of the one label."""
    tasks, classes = info.get("tasks"), info.get("classes") or info.get("CLASSES")
    if not isinstance(tasks, list):
        return {LABEL: [str(name) for name in classes] if isinstance(classes, list) else []}
    known = [task if isinstance(task, dict) else {"name": task} for task in tasks]
    return {str(task.get("name", "")): [str(name) for name in task.get("categories") or []] for task in known}


def _row(item: dict[str, Any], tasks: dict[str, list[str]]) -> dict[str, Any]:
    """A row of a picture's path and its labels, several of a task as a column for each category."""
    labels = item.get(LABEL)
    row = {PATH: item.get(PATH, "")}
    row |= {name: value for name, value in item.items() if name not in (PATH, LABEL) and not isinstance(value, list)}
    for task, categories in tasks.items():
        row.pop(f"{task}_img_label", None)
        beside = item.get(f"{task}_img_label", item.get(task))
        label = labels.get(task, beside) if isinstance(labels, dict) else labels if task == LABEL else beside
        if isinstance(label, list) and categories:
            row.pop(task, None)
            has = _has(label, len(categories), vector=task != LABEL)
            row |= {f"{task}.{category}": value for category, value in zip(categories, has, strict=True)}
        else:
            row[task] = label
    return row


def _has(label: list[Any], count: int, *, vector: bool) -> list[Any]:
    """1 for each category that a picture has, else 0: by a ``vector`` of these, or by the indices of those it has."""
    if vector and len(label) == count:
        return label
    return [int(index in label) for index in range(count)]
