"""What a model says about a face, as plain values that a page, a table or JSON can show. Imports no torch."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mtldemo.predict.detect import Face
from mtldemo.predict.domain import Domain, domain_warnings, same_question
from mtldemo.predict.notes import PLAIN_SENTENCES, Note, NoteSentences, note_sentences
from mtldemo.tasks import UTKFACE, Task

WARNINGS_OF_WHOLES = {
    "small": "The picture is small: there are fewer pixels than the model was trained on.",
    "grey": "The picture has no colour.",
}
WARNINGS = {
    "small": "The face is small: there are fewer pixels than the model was trained on.",
    "blurred": "The face is blurred.",
    "cut off": "The face is cut off by the picture's border.",
    "grey": "The face has no colour.",
}
"""What makes an answer about a face doubtful, by its short name; before that, one about a picture as a whole."""
BARE_LABELS = frozenset({"yes", "no", "true", "false", "other", "none", "unknown", "present", "absent"})
"""Classes, in small letters, that say nothing without their task's title."""


@dataclass(frozen=True, eq=False)
class RegressionAnswer:
    """A regression's answer: ``value`` in the task's ``unit``, the ``interval`` (None where the model isn't calibrated)
    and the ``distribution`` [C] over the parts of the task's range (empty for plain regression). ``digits`` are the
    decimal places that a person is shown."""

    value: float
    interval: tuple[float, float] | None
    distribution: np.ndarray
    unit: str = ""
    digits: int = 0

    @property
    def amount(self) -> str:
        """The value with its unit: ``34 years``."""
        return f"{self.shown(self.value)} {self.unit}".rstrip()

    @property
    def span(self) -> str:
        """The interval without its unit: ``28 to 41``; empty where there is none."""
        return " to ".join(self.shown(end) for end in self.interval) if self.interval else ""

    def shown(self, number: float) -> str:
        """A number of the task's as a person reads it."""
        return f"{number:,.{self.digits}f}"


@dataclass(frozen=True)
class ClassAnswer:
    """A classifier's answer: the likeliest class's ``label``, the probabilities ``p`` by class, and the ``threshold``
    below which calibration calls it not sure (0 where the model isn't calibrated)."""

    label: str
    p: dict[str, float]
    threshold: float = 0.0

    @property
    def sure(self) -> bool:
        """Whether the likeliest class is likely enough."""
        return self.p[self.label] >= self.threshold


Answer = RegressionAnswer | ClassAnswer
Answers = dict[str, Answer]
"""By task's name."""


@dataclass(frozen=True, eq=False)
class FaceAnswer:
    """One face: where it is, what each model says (by the model's name, in the order asked), and short names of
    ``WARNINGS``. ``crops`` uint8 [S, S, 3] by model is what each saw. ``whole`` says that it is no face, but the
    picture as a whole, of which models of whole pictures were asked."""

    face: Face
    answers: dict[str, Answers]
    warnings: tuple[str, ...] = ()
    crops: dict[str, np.ndarray] = field(default_factory=dict)
    whole: bool = False

    @property
    def doubts(self) -> str:
        """Its warnings in sentences; empty where there are none."""
        words = WARNINGS_OF_WHOLES if self.whole else WARNINGS
        return " ".join(words[name] for name in self.warnings)

    def without(self, names: frozenset[str]) -> "FaceAnswer":
        """The same without the answers to the tasks called ``names``."""
        answers = {
            model: {name: answer for name, answer in of_model.items() if name not in names}
            for model, of_model in self.answers.items()
        }
        return dataclasses.replace(self, answers=answers)


@dataclass(frozen=True, eq=False)
class PictureAnswer:
    """One picture: its faces, the largest first. ``error`` says in one sentence why there is nothing, ``notes`` what is
    worth knowing otherwise. ``size`` is its width and height, ``domains`` what each model learned from and ``tasks``
    what it answers, by name."""

    image: str
    faces: tuple[FaceAnswer, ...] = ()
    size: tuple[int, int] = (0, 0)
    notes: tuple[Note, ...] = ()
    error: str = ""
    domains: dict[str, Domain] = field(default_factory=dict)
    tasks: dict[str, tuple[Task, ...]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether all models that were asked take pictures as a whole: no face was looked for."""
        return bool(self.domains) and not any(domain.faces for domain in self.domains.values())

    @property
    def items(self) -> str:
        """What its answers are about, in words: ``1 face``, ``2 faces``, or ``whole`` picture."""
        if self.whole:
            return "taken whole"
        number = sum(not face.whole for face in self.faces)
        return f"{number:,} {'face' if number == 1 else 'faces'}"

    def without(self, names: frozenset[str]) -> "PictureAnswer":
        """The same without the answers to the tasks called ``names``."""
        if not names:
            return self
        faces = tuple(face.without(names) for face in self.faces)
        left = {model: tuple(task for task in tasks if task.name not in names) for model, tasks in self.tasks.items()}
        return dataclasses.replace(self, faces=faces, tasks=left)

    def to_json(self, words: NoteSentences = PLAIN_SENTENCES) -> dict[str, Any]:
        """``image`` and ``faces``, each with ``box`` and the first model's ``answers``; ``models`` has them by
        model where several were asked. ``trained_on`` has for each model ``drawings`` or ``photographs`` (of faces) or
        ``pictures`` (taken whole: ``faces`` then holds the picture's box). ``notes``, worded by ``words``, and
        ``error`` are there when there is something to say, such as that a model knows no photographs."""
        domains, tasks = (self.domains, self.tasks) if self.faces else ({}, {})
        notes = [*note_sentences(self.notes, words), *domain_warnings(domains), *incomparable_tasks(tasks)]
        values: dict[str, Any] = {
            "image": self.image,
            "faces": [_face(item, self.size, several=len(self.domains) > 1) for item in self.faces],
        }
        if domains:
            values["trained_on"] = {name: domain.name for name, domain in domains.items()}
        if notes:
            values["notes"] = notes
        if self.error:
            values["error"] = self.error
        return values


def withheld(tasks: Iterable[Task], *, sensitive_too: bool) -> frozenset[str]:
    """The names of those ``tasks`` whose answers about a person aren't given unless they are asked for."""
    return frozenset(task.name for task in tasks if task.sensitive and not sensitive_too)


def every_task(tasks: Iterable[Iterable[Task]]) -> tuple[Task, ...]:
    """The tasks of several models, each name once, in the order in which they come."""
    by_name: dict[str, Task] = {}
    for task in (task for of_model in tasks for task in of_model):
        by_name.setdefault(task.name, task)
    return tuple(by_name.values())


def incomparable_tasks(tasks: Mapping[str, Iterable[Task]]) -> list[str]:
    """A sentence on each name that is not one and the same question to the models (by name) that answer it: their
    answers can't be compared."""
    by_name: dict[str, list[tuple[str, Task]]] = {}
    for model, of_model in tasks.items():
        for task in of_model:
            by_name.setdefault(task.name, []).append((model, task))
    sentences = []
    for name, answering in by_name.items():
        first = answering[0][1]
        others = [model for model, task in answering if not same_question(task, first)]
        if others:
            sentences.append(
                f"{first.title} ({name}) isn't the same question to {answering[0][0]} as to {' and '.join(others)} "
                "(other classes, kind or unit): these answers can't be compared."
            )
    return sentences


def self_explanatory(task: Task, tasks: Iterable[Task]) -> bool:
    """Whether an answer to ``task`` says without its title what it is about, among answers to all ``tasks``.

    ``34 years`` does where no other task has that unit, ``female`` where no other task has such a class; ``12``, ``1``
    and ``yes`` don't.
    """
    others = [other for other in tasks if other.name != task.name]
    if not task.classes:
        return bool(task.unit) and all(other.unit != task.unit for other in others)
    labels = {label.casefold() for label in task.classes}
    shared = {label.casefold() for other in others for label in other.classes}
    return not labels & (shared | BARE_LABELS) and all(any(map(str.isalpha, label)) for label in labels)


def digits_of(task: Task) -> int:
    """Decimal places of a regression's shown answers: a hundredth of its range, more would be noise."""
    return max(0, 2 - math.floor(math.log10(task.high - task.low)))


def answer_json(answer: Answer) -> dict[str, Any]:
    """One answer as plain JSON values: ``value`` and ``interval``, or ``label``, ``p`` and ``sure``."""
    if isinstance(answer, RegressionAnswer):
        digits = 2 + answer.digits
        interval = answer.interval and [round(end, digits) for end in answer.interval]
        return {"value": round(answer.value, digits), "interval": interval}
    shares = {label: round(share, 4) for label, share in answer.p.items()}
    return {"label": answer.label, "p": shares, "sure": answer.sure}


def answers_json(answers: Answers) -> dict[str, Any]:
    """One model's ``answers`` about a face as plain JSON values by task, and beside them copies of those to UTKFace's
    tasks under their names alone, for programs that know no other."""
    by_task = {name: answer_json(answer) for name, answer in answers.items()}
    flat: dict[str, Any] = {}
    for name in (name for name in by_task if name in UTKFACE.names):
        values = by_task[name]
        flat |= {name: values["value"], f"{name}_interval": values["interval"]} if "value" in values else {name: values}
    return {"answers": by_task, **flat}


def _face(item: FaceAnswer, size: tuple[int, int], *, several: bool) -> dict[str, Any]:
    """A face's JSON. Of ``several`` models that were asked, some may answer about whole pictures and others about
    faces: who answers is said then, also where it is one alone."""
    models = {name: answers_json(answers) for name, answers in item.answers.items()}
    values: dict[str, Any] = {"box": list(item.face.inside(*size)), **next(iter(models.values()), {"answers": {}})}
    values |= {"score": round(item.face.score, 3), "warnings": list(item.warnings)}
    return values | ({"models": models} if several or len(models) > 1 else {})
