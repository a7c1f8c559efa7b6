"""A data set in numbers: what was found, left out, repaired and grouped, and how the labels are spread."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.data.dataset import Dataset
from mtldemo.data.duplicates import disagreements, quarrel_column
from mtldemo.data.split import SPLITS
from mtldemo.files import disk_errors
from mtldemo.json_text import strict_json
from mtldemo.spreadsheet import csv_file
from mtldemo.tasks import REGRESSION, Task, TaskSet
from mtldemo.tasks.bands import bands

_BANDS = 12
"""Bands in which a regression's labels are counted, about."""


def dataset_summary(dataset: Dataset) -> dict[str, Any]:
    """The data set as plain JSON values.

    ``found`` counts files taken for pictures, ``ignored`` all others; ``rejected`` and ``repaired`` map a reason to its
    count. ``pictures`` counts those in a split, ``copies`` those with the bytes and labels of another, ``changes`` by
    what was done to them in reading. ``duplicates`` counts groups, pictures and disagreeing labels (a regression's
    ``_spread`` is the largest, in its unit), for byte-identical files and for all alike pictures, which include them;
    copies that don't count aren't among them. ``splits`` and ``labels`` count pictures.
    """
    table, rejects = dataset.counted, dataset.rejects
    repaired = rejects["repaired"].astype(bool)
    same_bytes = disagreements(table.assign(group=table["hash"].factorize()[0]), dataset.tasks)
    return {
        "name": dataset.name,
        "source": dataset.source,
        "key": dataset.key,
        "notice": dataset.notice,
        "image_size": dataset.image_size,
        "found": dataset.files,
        "ignored": dataset.ignored,
        "pictures": len(table),
        "copies": dataset.copies,
        "changes": dict(dataset.changes),
        "rejected": _counted(rejects.loc[~repaired, "reason"]),
        "repaired": _counted(rejects.loc[repaired, "reason"]),
        "duplicates": {
            "identical": _quarrels(same_bytes, dataset.tasks),
            "alike": _quarrels(dataset.duplicates, dataset.tasks),
        },
        "splits": {split: len(dataset.indices(split)) for split in SPLITS},
        "labels": {task.name: label_counts(dataset, task).to_dict("records") for task in dataset.tasks},
        "mean": dataset.mean,
        "std": dataset.std,
    }


def label_counts(dataset: Dataset, task: Task) -> pd.DataFrame:
    """Pictures by label and split: columns label (a class, or a band such as ``20-29``), train, val, test."""
    table = dataset.counted.dropna(subset=[task.name])
    if task.kind == REGRESSION:
        edges, names = bands(task, _BANDS)
        codes = np.clip(np.searchsorted(edges, table[task.name], side="right") - 1, 0, len(names) - 1)
    else:
        codes, names = table[task.name].astype(int), list(task.classes)
    counts = pd.crosstab(codes, table["split"]).reindex(index=range(len(names)), columns=list(SPLITS), fill_value=0)
    return counts.set_axis(names).rename_axis(index="label", columns=None).reset_index()


def write(dataset: Dataset, folder: Path) -> list[Path]:
    """Write ``table.csv``, ``rejects.csv``, ``duplicates.csv`` and ``summary.json`` into ``folder``; returns the paths.

    Raises ``MtlDemoError`` where the folder can't be written.
    """
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name in ("table", "rejects", "duplicates"):
            written.append(folder / f"{name}.csv")
            written[-1].write_bytes(csv_file(getattr(dataset, name)))
        written.append(folder / "summary.json")
        written[-1].write_text(strict_json(dataset_summary(dataset), indent=2), encoding="utf-8")
    return written


def _counted(reasons: pd.Series) -> dict[str, int]:
    return dict(Counter(reasons.tolist()).most_common())


def _quarrels(groups: pd.DataFrame, tasks: TaskSet) -> dict[str, Any]:
    counts: dict[str, Any] = {"groups": len(groups), "pictures": sum(groups["pictures"].tolist())}
    for task in tasks:
        column = quarrel_column(task)
        values = groups[column].tolist()
        counts[f"{task.name}_disagrees"] = sum(value > 0 for value in values)
        if task.kind == REGRESSION:
            counts[column] = max(values, default=0.0)
    return counts
