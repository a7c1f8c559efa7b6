"""Which pictures ``predict`` is asked about, and its answers as a table or CSV."""

import csv
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mtldemo.errors import MtlDemoError
from mtldemo.predict import models, pictures
from mtldemo.predict.answers import Answers, PictureAnswer, Value, answers_json
from mtldemo.tasks import Task

STDIN = "-"
WIDE = 150  # columns for a pipe or file, where rich would assume 80 and cut


def expanded(names: Iterable[str]) -> Iterator[tuple[str, pictures.Source]]:
    """A name and a source for each picture: files as they are named, folders with all pictures at any depth below them,
    ``-`` the bytes of standard input. Raises ``MtlDemoError`` for a folder without pictures."""
    for name in names:
        if name == STDIN:
            # One byte more than is allowed is enough to be refused.
            yield name, sys.stdin.buffer.read(pictures.MAX_BYTES + 1)
        elif os.path.isdir(name):  # noqa: PTH112 - a name that can't be a path is False here, an error there
            found = sorted(path for path in Path(name).rglob("*") if _is_picture(path))
            if not found:
                raise MtlDemoError(f"The folder {name} holds no pictures ({', '.join(pictures.EXTENSIONS)}).")
            yield from ((str(path), path) for path in found)
        else:
            yield name, name


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in pictures.EXTENSIONS and not path.name.startswith(".") and path.is_file()


def write_csv(answers: list[PictureAnswer], tasks: Iterable[Task]) -> None:
    """Print CSV: one row a face and model; a picture without faces has a row with its ``error``."""
    columns = ["image", "face", "x", "y", "w", "h", "score", "warnings", "model"]
    for task in tasks:
        own = ["_sure", *(f"_p_{label}" for label in task.classes)] if task.classes else ["_low", "_high"]
        columns += [name for name in (task.name, *(task.name + end for end in own)) if name not in columns]
    writer = csv.DictWriter(sys.stdout, [*columns, "error"], lineterminator="\n")
    writer.writeheader()
    for answer in answers:
        if answer.error or not answer.faces:
            writer.writerow({"image": answer.image, "error": answer.error or " ".join(answer.notes)})
        for number, face in enumerate(answer.faces, 1):
            place = dict(zip("xywh", face.face.inside(*answer.size), strict=True))
            about = {"image": answer.image, "face": number, "score": round(face.face.score, 3)}
            for model, said in face.answers.items():
                told = {"warnings": "; ".join(face.warnings), "model": model, **_flat(said)}
                writer.writerow({**about, **place, **told})


def _flat(answers: Answers) -> dict[str, Any]:
    row: dict[str, Any] = {}
    told = answers_json(answers)
    for name, answer in answers.items():
        if isinstance(answer, Value):
            low, high = told[f"{name}_interval"] or ("", "")
            row |= {name: told[name], f"{name}_low": low, f"{name}_high": high}
        else:
            row |= {name: answer.label, f"{name}_sure": answer.sure}
            row |= {f"{name}_p_{label}": share for label, share in told[name]["p"].items()}
    return row


def print_table(answers: list[PictureAnswer]) -> None:
    """Print a table: one row a face and model, or a picture without faces."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    several = any(len(face.answers) > 1 for answer in answers for face in answer.faces)
    said_of = (said for answer in answers for face in answer.faces for said in face.answers.values())
    names = list(dict.fromkeys(name for said in said_of for name in said))
    titles = ["Image", "Face", *(["Model"] if several else []), *(name.capitalize() for name in names), "Notes"]
    table = Table(*titles)
    for answer in answers:
        if not answer.faces:
            blank = [""] * (len(titles) - 2)
            table.add_row(Text(answer.image), *blank, Text(answer.error or " ".join(answer.notes)))
        for number, face in enumerate(answer.faces, 1):
            notes = ", ".join([*face.warnings, *answer.notes])
            for model, said in face.answers.items():
                cells = [_words(said[name]) if name in said else "" for name in names]
                table.add_row(Text(answer.image), str(number), *([Text(model)] if several else []), *cells, Text(notes))
    console = Console()
    console = console if console.is_terminal else Console(width=WIDE)
    console.print(table)
    print(models.NOTICE)


def _words(answer: Any) -> str:
    if isinstance(answer, Value):
        between = f" ({answer.interval[0]:.0f} to {answer.interval[1]:.0f})" if answer.interval else ""
        return f"{answer.value:.0f}{between}"
    words = f"{answer.label} {100 * answer.p[answer.label]:.0f} %"
    return words if answer.sure else f"not sure ({words})"
