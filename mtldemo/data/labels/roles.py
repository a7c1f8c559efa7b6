"""Which column of a manifest says where a picture is, and which its split, its group and its fold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.delimited import PATH_NAMES, plain_name
from mtldemo.data.labels.splits import split_of
from mtldemo.data.labels.table import Table
from mtldemo.data.picture_files import EXTENSIONS
from mtldemo.errors import MtlDemoError
from mtldemo.settings import shown

SAMPLE = 200
SPLIT_NAMES = (
    "split",
    "partition",
    "subset",
    "set",
    "phase",
    "usage",
    "fold_split",
    "data_split",
)
GROUP_NAMES = (
    "identity",
    "identity_id",
    "person",
    "person_id",
    "subject",
    "subject_id",
    "user_id",
    "user",
    "patient",
    "patient_id",
    "group",
    "group_id",
    "celebrity",
    "celeb_id",
    "individual",
    "participant",
    "participant_id",
)
ID_NAMES = ("id", "name", "uuid")
"""What a column may be called, too, whose cells are names of pictures without their endings."""
FOLD_NAMES = (
    "fold",
    "folds",
    "kfold",
    "cv_fold",
    "fold_id",
)


@dataclass(frozen=True)
class Roles:
    """The columns' names; empty where there is none. ``other_paths`` are more columns with pictures' paths."""

    path: str
    split: str = ""
    group: str = ""
    fold: str = ""
    other_paths: tuple[str, ...] = field(default=())

    @property
    def taken(self) -> set[str]:
        """The columns that hold no label."""
        return {self.path, self.split, self.group, self.fold, *self.other_paths} - {""}


def path_column(table: Table, choices: TaskChoices, hits: Callable[[pyarrow.Array], int]) -> tuple[str, list[str]]:
    """The column with the pictures' paths (empty where there is none), and others that hold some, too. ``hits`` counts
    how many of a few paths lead to a picture. Raises ``MtlDemoError`` where a chosen column isn't there."""
    if choices.path:
        return _there(choices.path, table, "path"), []
    candidates, others = [], []
    for index, (name, column) in enumerate(table.columns.items()):
        sample = _sample(column)
        filled = [text for text in sample.to_pylist() if text]
        looks = sum(text.lower().endswith(EXTENSIONS) for text in filled)
        if filled and 2 * looks > len(filled):
            candidates.append((plain_name(name) not in PATH_NAMES, index, name, sample))
        elif filled and len(set(filled)) == len(filled) and (_names_paths(table, name) or "/" in filled[0]):
            others.append((plain_name(name) not in PATH_NAMES, index, name, sample))
    if not candidates:  # endings may be left out, so it takes pictures that are there
        candidates = [other for other in others if 2 * hits(other[3]) > len(other[3])]
    if len(candidates) > 1:
        candidates.sort(key=lambda candidate: (-hits(candidate[3]), *candidate[:3]))
    names = [name for _, _, name, _ in candidates]
    return (names[0], names[1:]) if names else ("", [])


def _names_paths(table: Table, name: str) -> bool:
    return table.header and plain_name(name) in (*PATH_NAMES, *ID_NAMES)


def roles_of(table: Table, path: str, other_paths: Sequence[str], choices: TaskChoices) -> Roles:
    """The other columns' roles, by what is chosen, and else by usual names whose values fit."""
    left = [name for name in table.columns if name != path and name not in other_paths]
    return Roles(
        path,
        _role(choices.split, "split", left, table, SPLIT_NAMES, _is_split),
        _role(choices.group, "group", left, table, GROUP_NAMES, _is_group),
        _role(choices.fold, "fold", left, table, FOLD_NAMES, _is_fold),
        tuple(other_paths),
    )


def _role(
    chosen: str,
    role: str,
    names: Sequence[str],
    table: Table,
    usual: Sequence[str],
    fits: Callable[[pyarrow.Array], bool],
) -> str:
    if chosen:
        return _there(chosen, table, role)
    fitting = [name for name in names if plain_name(name) in usual and fits(table.columns[name])]
    return min(fitting, key=lambda name: usual.index(plain_name(name)), default="")


def _there(name: str, table: Table, role: str) -> str:
    if name not in table.columns:
        known = ", ".join(list(table.columns)[:12])
        raise MtlDemoError(f"{table.file} has no column {shown(name)} for the {role}; it has: {known}.")
    return name


def _sample(column: pyarrow.Array) -> pyarrow.Array:
    step = max(1, len(column) // SAMPLE)
    return column.take(pyarrow.array(np.arange(0, len(column), step)))


def _is_split(column: pyarrow.Array) -> bool:
    texts = set(_different(column)) - {""}
    known = [text for text in texts if split_of(text)]
    # Beside train and test there may be another word, such as extra or unused.
    return bool(known) and len(texts) <= 20 and (len(known) == len(texts) or len({*map(split_of, known)}) > 1)


def _is_group(column: pyarrow.Array) -> bool:
    return True


def _is_fold(column: pyarrow.Array) -> bool:
    texts = set(_different(column)) - {"", "-1"}
    return 1 < len(texts) <= 100 and all(text.isdigit() for text in texts)


def _different(column: pyarrow.Array) -> list[str]:
    return column.unique().to_pylist()
