"""What a model says about a face, as plain values that a page, a table or JSON can show. Imports no torch."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mtldemo.predict.detect import Face
from mtldemo.predict.domain import Domain, warnings

WARNINGS = {
    "small": "The face is small: there are fewer pixels than the model was trained on.",
    "blurred": "The face is blurred.",
    "cut off": "The face is cut off by the picture's border.",
    "grey": "The face has no colour.",
}
"""What makes an answer doubtful, by its short name."""


@dataclass(frozen=True, eq=False)
class Value:
    """A regression's answer: ``value`` in the task's unit, the ``interval`` (None where the model isn't calibrated) and
    the ``distribution`` [C] over the task's years (empty for plain regression)."""

    value: float
    interval: tuple[float, float] | None
    distribution: np.ndarray


@dataclass(frozen=True)
class Choice:
    """A classifier's answer: the likeliest class's ``label``, the probabilities ``p`` by class, and the ``threshold``
    below which calibration calls it not sure (0 where the model isn't calibrated)."""

    label: str
    p: dict[str, float]
    threshold: float = 0.0

    @property
    def sure(self) -> bool:
        """Whether the likeliest class is likely enough."""
        return self.p[self.label] >= self.threshold


Answers = dict[str, Value | Choice]
"""By task's name."""


@dataclass(frozen=True, eq=False)
class FaceAnswer:
    """One face: where it is, what each model says (by the model's name, in the order asked), and short names of
    ``WARNINGS``. ``crops`` uint8 [S, S, 3] by model is what each saw."""

    face: Face
    answers: dict[str, Answers]
    warnings: tuple[str, ...] = ()
    crops: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PictureAnswer:
    """One picture: its faces, the largest first. ``error`` says in one sentence why there is nothing, ``notes`` what is
    worth knowing otherwise. ``size`` is its width and height, ``domains`` what each model learned from, by name."""

    image: str
    faces: tuple[FaceAnswer, ...] = ()
    size: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()
    error: str = ""
    domains: dict[str, Domain] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """``image`` and ``faces``, each with ``box`` and the first model's answers; ``models`` has all models' answers
        where there are several. ``trained_on`` has for each model ``drawings`` or ``photographs``. ``notes`` and
        ``error`` are there when there is something to say, such as that a model knows no photographs."""
        told: dict[str, Any] = {"image": self.image, "faces": [_face(item, self.size) for item in self.faces]}
        domains = self.domains if self.faces else {}
        notes = [*self.notes, *warnings(domains)]
        if domains:
            told["trained_on"] = {name: domain.name for name, domain in domains.items()}
        if notes:
            told["notes"] = notes
        if self.error:
            told["error"] = self.error
        return told


def answers_json(answers: Answers) -> dict[str, Any]:
    """One model's answers about a face as plain JSON values."""
    told: dict[str, Any] = {}
    for name, answer in answers.items():
        if isinstance(answer, Value):
            told[name] = round(answer.value, 2)
            told[f"{name}_interval"] = answer.interval and [round(end, 2) for end in answer.interval]
        else:
            shares = {label: round(share, 4) for label, share in answer.p.items()}
            told[name] = {"label": answer.label, "p": shares, "sure": answer.sure}
    return told


def _face(item: FaceAnswer, size: tuple[int, int]) -> dict[str, Any]:
    models = {name: answers_json(answers) for name, answers in item.answers.items()}
    told: dict[str, Any] = {"box": list(item.face.inside(*size))}
    told |= next(iter(models.values()), {})
    told["score"] = round(item.face.score, 3)
    told["warnings"] = list(item.warnings)
    if len(models) > 1:
        told["models"] = models
    return told
