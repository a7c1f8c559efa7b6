"""From what a column is called to a task's name, which is of a-z, 0-9 and _."""

import re
import unicodedata
from collections.abc import Collection

from mtldemo.errors import MtlDemoError, readable
from mtldemo.tasks.task import LONGEST_NAME

RESERVED = frozenset(
    (
        "all",
        "answers",
        "box",
        "class_",
        "confidence",
        "epoch",
        "face",
        "faces",
        "file",
        "files",
        "fold",
        "given_fold",
        "given_group",
        "given_split",
        "group",
        "hash",
        "image",
        "images",
        "label_",
        "loss",
        "mean",
        "none",
        "path",
        "picture",
        "pictures",
        "run",
        "score",
        "seed",
        "split",
        "step",
        "task",
        "tasks",
        "time",
        "total",
        "weight",
        "weights",
    )
)
"""Words that results and tables already have a meaning for."""
LONGEST_TITLE = 200


def chosen_name(name: str, taken: Collection[str]) -> str:
    """The ``name`` that a person chose for a task. Raises ``MtlDemoError`` for one that has another meaning or is
    ``taken``."""
    if name in RESERVED:
        raise MtlDemoError(
            f"A task can't be called {name}, which means something else in results; choose another name."
        )
    if name in taken:
        raise MtlDemoError(f"Two tasks can't both be called {name}; choose another name.")
    return name


def task_name(column: str, taken: Collection[str], number: int) -> str:
    """A name for the task of ``column``, the ``number``-th one, that isn't ``taken``.

    ``Skin.Type|2`` becomes ``skin_type_2``, a reserved word ``score`` ``score_label``, and what has no letters that
    could stand in a name ``label_3``.
    """
    plain = unicodedata.normalize("NFKD", column.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST_NAME].strip("_") or f"label_{number}"
    if name in RESERVED:
        name += "_label"
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name[: LONGEST_NAME - len(str(count)) - 1]}_{count}"
    return free


def one_line(title: str) -> str:
    """``title`` in one line of at most ``LONGEST_TITLE`` letters."""
    title = " ".join(readable(title).split())
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def task_title(column: str) -> str:
    """What a person reads: the column's own name, of which only a very long one is cut."""
    title = one_line(column)
    words = title.replace("_", " ").strip() if re.fullmatch(r"\w+", title) else title
    return words[:1].upper() + words[1:] if re.fullmatch(r"[a-z0-9 ]+", words) else words
