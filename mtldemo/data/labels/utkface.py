"""UTKFace's file names: ``[age]_[gender]_[race]_[date&time].jpg`` and, for aligned crops, ``.jpg.chip.jpg``.

Ages 0 to 116; gender 0 male, 1 female; race 0 White, 1 Black, 2 Asian, 3 Indian, 4 Others. What is readable is repaired
and noted; a missing field is never guessed. Source: the data set's own description (Zhang, Song and Qi, CVPR 2017).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtldemo.data.labels.base import LabelColumns, Labels
from mtldemo.data.picture_files import EXTENSIONS
from mtldemo.tasks import AGE, ETHNICITY, GENDER, UTKFACE

STAMP_DIGITS = 17
"""Year, month, day, hour, minute, second and millisecond."""

# Every repair is a loose spot in this one expression: spaces, a copy's "(1)", a missing dot, a stamp of odd length.
_ENDING = "|".join(ending.removeprefix(".") for ending in EXTENSIONS)
_NAME = re.compile(
    r"\s*(?P<age>\d{1,3})_(?P<gender>\d)_(?P<ethnicity>\d)_(?P<stamp>\d{8,20})"
    r"(?P<space>\s*)(?P<copy>\(\d+\))?\s*(?P<dot>\.?)(?:" + _ENDING + r")(?:\.chip\.(?:" + _ENDING + r"))?\s*",
    re.IGNORECASE,
)
_STAMP = re.compile(r"\d{8,20}")
_FIELDS = ("age", "gender", "ethnicity", "time stamp")


@dataclass(frozen=True)
class NameLabels:
    """What a name says. ``repair`` says in words what was wrong with it, or is empty."""

    age: int
    gender: int
    ethnicity: int
    repair: str = ""


@dataclass(frozen=True)
class Rejection:
    """Why a name can't be read, in words."""

    reason: str


def parse(name: str) -> NameLabels | Rejection:
    """Read the labels from a file name (its last part only)."""
    match = _NAME.fullmatch(name)
    if match is None:
        return Rejection(_diagnosis(name))
    age, gender, ethnicity = (int(match[field]) for field in ("age", "gender", "ethnicity"))
    if age > AGE.high:
        return Rejection(f"the age {age} is not within {AGE.low:g} to {AGE.high:g}")
    for task, code in ((GENDER, gender), (ETHNICITY, ethnicity)):
        if code >= len(task.classes):
            known = ", ".join(f"{number} {label}" for number, label in enumerate(task.classes))
            return Rejection(f"the {task.name} code {code} is unknown; known are {known}")
    repairs = []
    if match["space"] or name != name.strip():
        repairs.append("a space was left out")
    if match["copy"]:
        repairs.append(f"the copy mark {match['copy']} was left out")
    if not match["dot"]:
        repairs.append("the dot before the ending was missing")
    if len(match["stamp"]) != STAMP_DIGITS:
        repairs.append(f"the time stamp has {len(match['stamp'])} digits instead of {STAMP_DIGITS}")
    return NameLabels(age, gender, ethnicity, "; ".join(repairs))


class UtkfaceNames(Labels):
    """The labels in the names of a source's pictures. They are a part of the content already, so there is no mark."""

    tasks = UTKFACE
    expected = "Names must read [age]_[gender]_[race]_[date&time].jpg."

    def of(self, names: Sequence[str]) -> LabelColumns:
        """What the last part of each name says."""
        read = [parse(name.rpartition("/")[2]) for name in names]
        good = [labels if isinstance(labels, NameLabels) else None for labels in read]
        return LabelColumns(
            values={
                task.name: np.array([getattr(labels, task.name) if labels else np.nan for labels in good], np.float64)
                for task in self.tasks
            },
            problems=[labels.reason if isinstance(labels, Rejection) else "" for labels in read],
            repairs=[labels.repair if labels else "" for labels in good],
        )

    def mark(self) -> str:
        """Nothing that the names don't say."""
        return ""


def _diagnosis(name: str) -> str:
    fields = name.split(".")[0].strip().split("_")
    named = [field.strip() for field in fields]
    stamp = next((index for index, field in enumerate(named) if _STAMP.fullmatch(field)), None)
    if stamp is not None and 0 < stamp < 3 and all(field.isdigit() or not field for field in named[:stamp]):
        missing = 3 - stamp
        which = "the gender or the ethnicity is" if missing == 1 else "the gender and the ethnicity are"
        return f"a field is missing: {which} not in the name, and a label is never guessed"
    for field, title in zip(named[:4], _FIELDS, strict=False):
        if not field:
            return f"the {title} is empty"
    if len(named) == 4:
        for field, title in zip(named, _FIELDS, strict=True):
            if not field.isdigit():
                return f"the {title} {field!r} is not a number"
    return "the name is not [age]_[gender]_[race]_[date&time].jpg"
