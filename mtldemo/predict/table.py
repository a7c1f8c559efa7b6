"""Answers as files for elsewhere: CSV with one row a face and model, and JSON with one object a picture."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.predict.answers import Answers, PictureAnswer, RegressionAnswer, answer_json
from mtldemo.predict.notes import PLAIN_SENTENCES, NoteSentences, note_sentences
from mtldemo.spreadsheet import neutral
from mtldemo.tasks import Task

ABOUT = ("image", "face", "x", "y", "w", "h", "score", "warnings", "notes", "model", "trained_on")
"""What each row says beside the answers: the box in pixels, how sure the detector is, what makes it doubtful, what is
worth knowing of the picture, and what the model learned from."""
ERROR = "error"
"""The last column: why there is nothing."""


def json_text(answers: Iterable[PictureAnswer], words: NoteSentences = PLAIN_SENTENCES) -> str:
    """A JSON list with one object a picture; ``words`` are of its notes."""
    return "".join(json_parts(answers, words))


def json_parts(answers: Iterable[PictureAnswer], words: NoteSentences = PLAIN_SENTENCES) -> Iterator[str]:
    """The pieces of ``json_text``, each as soon as its answer is there. A list that is cut off ends as a list."""
    before = "[\n"
    try:
        for answer in answers:
            yield before + strict_json(answer.to_json(words), indent=1)
            before = ",\n"
    except (KeyboardInterrupt, MtlDemoError):
        yield _end(before)
        raise
    yield _end(before)


def _end(before: str) -> str:
    return "[]" if before.startswith("[") else "\n]"


def csv_text(answers: Iterable[PictureAnswer], tasks: Iterable[Task], words: NoteSentences = PLAIN_SENTENCES) -> str:
    """CSV: one row a face and model, with the columns of all ``tasks``; a picture without faces has a row with its
    ``error``. Texts are ``neutral``."""
    return "".join(csv_parts(answers, tasks, words))


def csv_parts(
    answers: Iterable[PictureAnswer], tasks: Iterable[Task], words: NoteSentences = PLAIN_SENTENCES
) -> Iterator[str]:
    """The pieces of ``csv_text``, each as soon as its answer is there."""
    text, heads = io.StringIO(), column_heads(tasks)
    writer = csv.DictWriter(text, [*ABOUT, *_of_tasks(heads), ERROR], lineterminator="\n")
    writer.writeheader()
    for answer in answers:
        writer.writerows({name: neutral(cell) for name, cell in row.items()} for row in rows(answer, heads, words))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def columns(tasks: Iterable[Task]) -> Sequence[str]:
    """The names of the columns: a value and its interval, or a label, whether that is sure, and each class's share."""
    return [*ABOUT, *_of_tasks(column_heads(tasks)), ERROR]


def column_heads(tasks: Iterable[Task]) -> dict[str, tuple[str, ...]]:
    """By task's name the names of its columns: that of the answer, then that and an ending each.

    They begin with the task's name; where a column of that name is there already, such as ``score`` or one of a task
    before it, with so many ``_`` behind the name that it is none. Tasks of one name, as of several models, share them.
    """
    endings: dict[str, list[str]] = {}
    for task in tasks:
        own = ["_sure", *(f"_p_{label}" for label in task.classes)] if task.classes else ["_low", "_high"]
        mine = endings.setdefault(task.name, [""])
        mine += [end for end in own if end not in mine]
    return apart(endings, {*ABOUT, ERROR})


def apart(endings: Mapping[str, Sequence[str]], taken: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """By name its columns, the name with each of its ``endings``: no two are alike and none is ``taken``, for which as
    many ``_`` as it needs stand behind the name."""
    used, heads = set(taken), {}
    for name, ends in endings.items():
        head = name
        while used & {head + end for end in ends}:
            head += "_"
        heads[name] = tuple(head + end for end in ends)
        used |= set(heads[name])
    return heads


def rows(
    answer: PictureAnswer, heads: Mapping[str, tuple[str, ...]], words: NoteSentences = PLAIN_SENTENCES
) -> Iterator[dict[str, Any]]:
    """The rows of one picture; ``heads`` are ``column_heads`` of the tasks that are told."""
    notes = " ".join(note_sentences(answer.notes, words))
    if answer.error or not answer.faces:
        yield {"image": answer.image, "notes": notes, ERROR: answer.error or notes}
    for number, face in enumerate(answer.faces, 1):
        box = dict(zip("xywh", face.face.inside(*answer.size), strict=True))
        about = {"image": answer.image, "face": number, "score": round(face.face.score, 3), "notes": notes}
        for model, answers in face.answers.items():
            domain = answer.domains.get(model)
            known = {"model": model, "trained_on": domain.name if domain else ""}
            yield {**about, **box, "warnings": "; ".join(face.warnings), **known, **_flat(answers, heads)}


def _of_tasks(heads: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [name for of_task in heads.values() for name in of_task]


def _flat(answers: Answers, heads: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, answer in answers.items():
        head, values = heads[name][0], answer_json(answer)
        if isinstance(answer, RegressionAnswer):
            low, high = values["interval"] or ("", "")
            row |= {head: values["value"], f"{head}_low": low, f"{head}_high": high}
        else:
            row |= {head: answer.label, f"{head}_sure": answer.sure}
            row |= {f"{head}_p_{label}": share for label, share in values["p"].items()}
    return row
