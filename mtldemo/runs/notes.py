"""A person's words about a run: a note and tags, in the run's ``notes.json``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mtldemo
from mtldemo.errors import MtlDemoError
from mtldemo.files import read_json, write_json

FILE = "notes.json"
LONGEST_NOTE = 10_000
LONGEST_TAG = 40
MOST_TAGS = 20
PROGRAM = Path(mtldemo.__file__).parent
"""Runs below this folder come with the program."""
_LOST = re.compile(r"[^\S\n]*\n|\r\n?")


@dataclass(frozen=True)
class Notes:
    """A note, of several lines if need be, and tags in the order they were given. ``checked`` holds their limits."""

    text: str = ""
    tags: tuple[str, ...] = ()


def checked(text: str, tags: Iterable[str] = ()) -> Notes:
    """The notes without blanks around them, and each tag once, whatever its case.

    Raises ``MtlDemoError`` for a note or tag that is too long, or too many tags.
    """
    text = _LOST.sub("\n", text).strip()
    if len(text) > LONGEST_NOTE:
        raise MtlDemoError(f"A note has at most {LONGEST_NOTE:,} characters; this one has {len(text):,}.")
    kept: dict[str, str] = {}
    for given in tags:
        tag = " ".join(given.replace(",", " ").split())
        if len(tag) > LONGEST_TAG:
            raise MtlDemoError(f"A tag has at most {LONGEST_TAG} characters; {tag[:20]!r}... has {len(tag)}.")
        if tag:
            kept.setdefault(tag.casefold(), tag)
    if len(kept) > MOST_TAGS:
        raise MtlDemoError(f"A run has at most {MOST_TAGS} tags; these are {len(kept)}.")
    return Notes(text, tuple(kept.values()))


def read(run: Path) -> Notes:
    """The notes of the run in the folder ``run``; empty where nobody has written any.

    Raises ``MtlDemoError`` where the file is damaged.
    """
    file = run / FILE
    return from_json(read_json(file), str(file)) if file.exists() else Notes()


def from_json(values: Any, where: str = FILE) -> Notes:
    """The notes in ``values``, as ``write`` keeps them. Raises ``MtlDemoError`` where they are something else."""
    text, tags = (values.get("text", ""), values.get("tags", [])) if isinstance(values, Mapping) else (None, None)
    if not isinstance(text, str) or not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise MtlDemoError(f"{where} is damaged: it doesn't hold a note and tags; delete it to write new ones.")
    return checked(text, tags)


def write(run: Path, text: str, tags: Iterable[str] = ()) -> Notes:
    """Replace the notes of the run in the folder ``run`` and return them as they were kept.

    Raises ``MtlDemoError`` for what ``checked`` refuses, a run that comes with the program, one that is gone, and
    where the disk refuses.
    """
    notes = checked(text, tags)
    if run.resolve().is_relative_to(PROGRAM.resolve()):
        raise MtlDemoError(f"{run.name!r} comes with the program and is read-only; import its folder to have a copy.")
    if not run.is_dir():
        raise MtlDemoError(f"There is no run {run.name!r} any more.")
    write_json(run / FILE, {"text": notes.text, "tags": notes.tags})
    return notes
