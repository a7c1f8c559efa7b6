"""Which pictures ``predict`` is asked about, and its answers as a table."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mtldemo.cli.output import table_console
from mtldemo.errors import MtlDemoError
from mtldemo.paths import as_path
from mtldemo.predict import models, pictures
from mtldemo.predict.answers import PictureAnswer, RegressionAnswer, every_task
from mtldemo.predict.notes import NoteCode, NoteSentences, note_sentences
from mtldemo.tasks import Task

STDIN = "-"
WORDS: NoteSentences = {NoteCode.NO_FACE: "No face was found; the whole picture can be used as one (--whole-image)."}
"""Of notes, on the command line."""
MOST_COLUMNS = 8
"""Tasks that are columns of the table; more are rows."""
BORDER = 3  # between two columns


def expanded(names: Iterable[str]) -> Iterator[tuple[str, pictures.PictureLike]]:
    """A name and a source for each picture: files as they are named, folders with all pictures at any depth below them,
    ``-`` the bytes of standard input.

    Raises ``MtlDemoError`` for a folder that has no pictures or may not be read. A folder below it that may not be read
    stands for its pictures, and is told as one that can't be used.
    """
    for source_name in names:
        name = source_name if os.path.lexists(source_name) else os.fspath(as_path(source_name))
        if name == STDIN:
            # One byte more than is allowed is enough to be refused. There is no input where it was closed.
            yield name, sys.stdin.buffer.read(pictures.MAX_BYTES + 1) if sys.stdin else b""
        elif os.path.isdir(name):  # noqa: PTH112 - a name that can't be a path is False here, an error there
            yield from ((str(path), path) for path in _below(name))
        else:
            yield name, name


def _below(name: str) -> list[Path]:
    closed: list[Path] = []
    picture_paths = [
        path
        for folder, _, files in os.walk(name, onerror=lambda error: closed.append(Path(error.filename)))
        for path in (Path(folder, file) for file in files)
        if _is_picture(path)
    ]
    if closed == [Path(name)]:
        raise MtlDemoError(f"The folder {name} may not be read; change its permissions or choose another one.")
    if not picture_paths and not closed:
        raise MtlDemoError(f"The folder {name} holds no pictures ({', '.join(pictures.EXTENSIONS)}).")
    return sorted(picture_paths + closed)


def _is_picture(path: Path) -> bool:
    if path.suffix.lower() not in pictures.EXTENSIONS or path.name.startswith("."):
        return False
    # What can't even be looked at, such as a link to nowhere, is told like any other that can't be read.
    return os.path.isfile(path) or not os.path.exists(path)  # noqa: PTH113, PTH110 - False, not an error


def print_table(answers: list[PictureAnswer]) -> None:
    """Print a table: one row a face (or whole picture) and model, or a picture without faces; of many tasks one row
    each."""
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    models_asked = dict.fromkeys(model for answer in answers for face in answer.faces for model in face.answers)
    faces = any(not answer.whole and not answer.error for answer in answers)
    tasks = every_task(of_model for answer in answers for of_model in answer.tasks.values())
    console = table_console()
    as_rows = len(tasks) > MOST_COLUMNS or _width(answers, tasks) > console.width
    columns = ["Task", "Answer"] if as_rows else [task.title for task in tasks]
    about = ["Image", *(["Face"] if faces else []), *(["Model"] if len(models_asked) > 1 else [])]
    table = Table(*map(escape, [*about, *columns, "Notes"]))
    for answer in answers:
        if not answer.faces:
            blank = [""] * (len(about) + len(columns) - 1)
            table.add_row(Text(answer.image), *blank, Text(_why_none(answer)))
        for number, face in enumerate(answer.faces, 1):
            notes = ", ".join([*face.warnings, *note_sentences(answer.notes, WORDS)])
            for model, of_model in face.answers.items():
                known = {"Image": answer.image, "Face": "whole" if face.whole else str(number), "Model": model}
                words = {task.name: _words(of_model[task.name]) for task in tasks if task.name in of_model}
                if as_rows:
                    rows = [[task.title, words[task.name]] for task in tasks if task.name in words]
                else:
                    rows = [[words.get(task.name, "") for task in tasks]]
                for index, row in enumerate(rows):
                    # What is the same in all rows of an answer stands in the first one.
                    fixed = [known[name] if index == 0 else "" for name in about]
                    last = as_rows and index == len(rows) - 1
                    cells = [*fixed, *row, "" if index else notes]
                    table.add_row(*(Text(cell) for cell in cells), end_section=last)
    console.print(table)
    without = sum(any(note.code == NoteCode.NO_FACE for note in answer.notes) for answer in answers)
    if without:
        where = f"{without} of {len(answers)} pictures" if len(answers) > 1 else "the picture"
        print(f"No face was found in {where}; --whole-image takes a whole picture as a face.")
    print(models.notice(domain for answer in answers for domain in answer.domains.values()))


def _width(answers: Iterable[PictureAnswer], tasks: Iterable[Task]) -> int:
    """How many letters wide the columns of all answers are, a column a task."""
    widths = {task.name: len(task.title) for task in tasks}
    for of_model in (of_model for answer in answers for face in answer.faces for of_model in face.answers.values()):
        widths |= {name: max(widths[name], len(_words(answer))) for name, answer in of_model.items()}
    return sum(width + BORDER for width in widths.values())


def _why_none(answer: PictureAnswer) -> str:
    """Why a picture has no faces, in short: its name stands beside it and a remedy below the table."""
    return answer.error.removeprefix(f"{answer.image} ") or "No face was found."


def _words(answer: Any) -> str:
    if isinstance(answer, RegressionAnswer):
        number = answer.shown(answer.value)
        return f"{number} ({answer.span})" if answer.span else number
    words = f"{answer.label}, {100 * answer.p[answer.label]:.0f} %"
    return words if answer.sure else f"not sure ({words})"
