"""Answers as files for elsewhere: CSV with one row a face and model, and JSON with one object a picture."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.predict.answers import Answers, PictureAnswer, Value, answers_json
from mtldemo.spreadsheet import neutral
from mtldemo.tasks import Task

ABOUT = ("image", "face", "x", "y", "w", "h", "score", "warnings", "notes", "model", "trained_on")
"""What each row says beside the answers: the box in pixels, how sure the detector is, what makes it doubtful, what is
worth knowing of the picture, and what the model learned from."""


def json_text(answers: Iterable[PictureAnswer]) -> str:
    """A JSON list with one object a picture."""
    return "".join(json_parts(answers))


def json_parts(answers: Iterable[PictureAnswer]) -> Iterator[str]:
    """The pieces of ``json_text``, each as soon as its answer is there. A list that is cut off ends as a list."""
    before = "[\n"
    try:
        for answer in answers:
            yield before + strict_json(answer.to_json(), indent=1)
            before = ",\n"
    except (KeyboardInterrupt, MtlDemoError):
        yield _end(before)
        raise
    yield _end(before)


def _end(before: str) -> str:
    return "[]" if before.startswith("[") else "\n]"


def csv_text(answers: Iterable[PictureAnswer], tasks: Iterable[Task]) -> str:
    """CSV: one row a face and model, with the columns of all ``tasks``; a picture without faces has a row with its
    ``error``. Texts are ``neutral``."""
    return "".join(csv_parts(answers, tasks))


def csv_parts(answers: Iterable[PictureAnswer], tasks: Iterable[Task]) -> Iterator[str]:
    """The pieces of ``csv_text``, each as soon as its answer is there."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(tasks), lineterminator="\n")
    writer.writeheader()
    for answer in answers:
        writer.writerows({name: neutral(cell) for name, cell in row.items()} for row in rows(answer))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def columns(tasks: Iterable[Task]) -> Sequence[str]:
    """The names of the columns: a value and its interval, or a label, whether that is sure, and each class's share."""
    names = list(ABOUT)
    for task in tasks:
        own = ["_sure", *(f"_p_{label}" for label in task.classes)] if task.classes else ["_low", "_high"]
        names += [name for name in (task.name, *(task.name + end for end in own)) if name not in names]
    return [*names, "error"]


def rows(answer: PictureAnswer) -> Iterator[dict[str, Any]]:
    """The rows of one picture."""
    notes = " ".join(answer.notes)
    if answer.error or not answer.faces:
        yield {"image": answer.image, "notes": notes, "error": answer.error or notes}
    for number, face in enumerate(answer.faces, 1):
        place = dict(zip("xywh", face.face.inside(*answer.size), strict=True))
        about = {"image": answer.image, "face": number, "score": round(face.face.score, 3), "notes": notes}
        for model, said in face.answers.items():
            domain = answer.domains.get(model)
            known = {"model": model, "trained_on": domain.name if domain else ""}
            yield {**about, **place, "warnings": "; ".join(face.warnings), **known, **_flat(said)}


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
