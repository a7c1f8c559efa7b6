"""What kind of label a column holds: a rule that a person can read.

In this order, over the texts that aren't marks for a missing label:

1. none, or one only: left out; so is what counts the rows, and what holds dates
2. intervals such as ``(25, 32)``, ``10-19`` or ``more than 70``: classes, in the order of their lower ends
3. numbers, if at least four of five are: two values are binary; few small integers (at most ``FEW`` between -99 and 99,
   each at least ``REPEATED`` times on average, or twice where they are counted from -1, 0 or 1 on) classes; all else a
   number, from the 0.1 to the 99.9 % quantile of what is there
4. several marks in a cell, divided by ``|``: a binary task for each
5. texts: two are binary; at most ``MOST_CLASSES``, each there twice on average, classes; else left out
"""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtldemo.data.labels.choices import ColumnChoice
from mtldemo.data.labels.column import Column
from mtldemo.data.labels.intervals import lower_ends
from mtldemo.data.labels.ranges import number_range
from mtldemo.data.labels.spelling import ordered_texts
from mtldemo.errors import MtlDemoError
from mtldemo.settings import shown
from mtldemo.tasks.kinds.classes import MOST_CLASSES
from mtldemo.tasks.task import BINARY, CLASSES, REGRESSION

LONGEST_CLASS = 200
"""Letters of a class's name."""
FEW = 20
SMALL = 99
REPEATED = 5
MOSTLY = 0.8
MOST_MARKS = 100
MARKS = "marks"
"""Several binary tasks from one column."""
UNKNOWN_MARKS = ([-1.0], [-9.0], [-99.0], [-999.0], [-9999.0])
"""Negative numbers that stand for no label in many tables, where there is no other negative one."""
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:\d{2}([.,]\d+)?)?( ?[ap]\.?m\.?)?( ?Z| ?[+-]\d\d:?\d\d)?"
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(T.*)?( {_CLOCK})?|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}},?( {_CLOCK})?|"
    rf"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])|{_CLOCK}|"
    rf"\d{{1,2}}\.?[ -]{_MONTH},?[ -]\d{{2,4}}( {_CLOCK})?|{_MONTH} \d{{1,2}},? \d{{2,4}}( {_CLOCK})?",
    re.IGNORECASE,
)
_ROW_NAMES = re.compile(r"(column \d+|unnamed.*|index|idx|id|no|nr|number|row|#)?", re.IGNORECASE)


@dataclass(frozen=True)
class Inferred:
    """``kind`` is a task's, ``MARKS``, or empty for what is left out; ``reason`` says why. ``values`` are the texts of
    the classes in the order of their indices, and ``classes`` their names. ``missing`` bool [D] are the column's texts
    that stand for no label. ``question`` says what was unsure, or is empty."""

    kind: str
    reason: str
    missing: np.ndarray
    values: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    question: str = ""


def infer(column: Column, choice: ColumnChoice, rows: np.ndarray | None = None) -> Inferred:
    """What ``column`` holds, as far as ``choice`` doesn't say it. ``rows`` bool [N] are those whose labels set a range
    (the training ones, by default all). Raises ``MtlDemoError`` for names of values that aren't there."""
    inferred = _inferred(column, choice, rows)
    if not choice.names or not inferred.values:
        return inferred
    if unknown := [value for value in choice.names if value not in inferred.values]:
        known = ", ".join(inferred.values[:12])
        raise MtlDemoError(f"{column.name} has no value {shown(unknown[0])} that could be named; it has: {known}.")
    # A name that was given by the class's place stays.
    classes = [
        name if choice.classes and name != value else choice.names.get(value, name)
        for value, name in zip(inferred.values, inferred.classes, strict=True)
    ]
    return dataclasses.replace(inferred, classes=tuple(classes))


def _inferred(column: Column, choice: ColumnChoice, rows: np.ndarray | None) -> Inferred:
    missing, question = _missing(column, choice)
    there = np.flatnonzero(~missing & (column.counts > 0) & column.shorter_than(LONGEST_CLASS + 1))
    if not len(there):
        long = "" if missing[column.counts > 0].all() else ", or texts too long for a class"
        return Inferred("", f"it holds no label at all, only missing values{long}", missing)
    numbers, counts = column.numbers[there], column.counts[there]
    numeric = np.isfinite(numbers)
    texts = [column.texts[index] for index in there] if len(there) <= 10 * MOST_CLASSES else []
    share = counts[numeric].sum() / counts.sum()
    if choice.kind == REGRESSION:
        return _number(column, there[numeric], missing, "it was chosen", question, rows, choice)
    if choice.kind in (BINARY, CLASSES) or choice.classes or choice.names:
        return _chosen_classes(column, there, missing, choice, question)
    if len(there) == 1:
        text = column.distinct[int(there[0])].as_py()
        return Inferred("", f"every label is {text!r}, so there is nothing to tell apart", missing)
    if _ROW_NAMES.fullmatch(column.name) and numeric.all() and _counts_rows(numbers, counts):
        return Inferred("", "it numbers the rows", missing)
    sample = [column.distinct[int(index)].as_py() for index in there[:200]]
    if all(_DATE.fullmatch(text) for text in sample):
        return Inferred("", "it holds dates; give a number, such as the year", missing)
    if texts and share < MOSTLY and (ends := lower_ends(texts)) is not None:
        order = [texts[index] for index in np.argsort(ends, kind="stable")]
        return _classes(order, missing, "its values are intervals, ordered by their lower ends", question)
    if share >= MOSTLY or (share > 0.5 and counts[~numeric].max() == 1):
        return _numeric(column, there[numeric], missing, question, rows, choice)
    if len(there) > MOST_CLASSES:
        reason = f"it holds {len(there):,} different texts, more than the {MOST_CLASSES:,} classes that a task can have"
        return Inferred("", reason, missing)
    marks = sorted({mark.strip() for text in texts for mark in text.split("|")} - {""})
    if any("|" in text for text in texts) and len(marks) <= MOST_MARKS:
        return Inferred(MARKS, f"its cells hold several of {len(marks)} marks", missing, tuple(marks))
    if len(texts) > 2 and counts.sum() < 2 * len(texts):
        return Inferred("", f"hardly any of its {len(texts):,} different texts is there twice", missing)
    reason = "it has two values" if len(texts) == 2 else f"it has {len(texts)} different texts"
    return _classes(ordered_texts(texts), missing, reason, question)


def _numeric(
    column: Column,
    there: np.ndarray,
    missing: np.ndarray,
    question: str,
    rows: np.ndarray | None,
    choice: ColumnChoice,
) -> Inferred:
    numbers, counts = column.numbers[there], column.counts[there]
    values = np.unique(numbers)
    if len(values) == 2:
        names = ("no", "yes") if values.tolist() == [-1, 1] else ()
        order = [column.texts[there[np.argmax(numbers == value)]] for value in values]
        return _classes(order, missing, "it has two values", question, names)
    small = len(values) <= FEW and bool((values == np.round(values)).all()) and bool((np.abs(values) <= SMALL).all())
    counted = len(values) > 2 and values[0] in (-1, 0, 1) and values[-1] - values[0] == len(values) - 1
    if small and len(values) > 1 and counts.sum() >= (2 if counted else REPEATED) * len(values):
        order = [column.texts[there[np.argmax(numbers == value)]] for value in values]
        return _classes(order, missing, f"it has {len(values)} small whole numbers", question)
    reason = f"it holds numbers in {column.unit}" if column.unit else "it holds numbers"
    return _number(column, there, missing, reason, question, rows, choice)


def _number(
    column: Column,
    there: np.ndarray,
    missing: np.ndarray,
    reason: str,
    question: str,
    rows: np.ndarray | None,
    choice: ColumnChoice,
) -> Inferred:
    if not len(there):
        return Inferred("", "it holds no number", missing)
    value = np.full(len(column.counts), np.nan)
    value[there] = column.numbers[there]
    labels = value[column.codes if rows is None else column.codes[rows]]
    labels = labels[np.isfinite(labels)]
    if not len(labels) or np.float32(labels.min()) == np.float32(labels.max()):
        return Inferred("", "its training labels hold no two numbers that can be told apart", missing)
    low, high, words = number_range(labels + choice.offset, choice.low, choice.high)
    return Inferred(REGRESSION, f"{reason}; {words}", missing, low=low, high=high, question=question)


def _classes(
    values: Sequence[str], missing: np.ndarray, reason: str, question: str, names: Sequence[str] = ()
) -> Inferred:
    if len(values) > MOST_CLASSES:
        return Inferred("", f"it has {len(values):,} classes; a task can have {MOST_CLASSES:,}", missing)
    kind = BINARY if len(values) == 2 else CLASSES
    return Inferred(kind, reason, missing, tuple(values), tuple(names or values), question=question)


def _chosen_classes(
    column: Column, there: np.ndarray, missing: np.ndarray, choice: ColumnChoice, question: str
) -> Inferred:
    """The classes that a person chose: by the values of the column, or as names for them in order."""
    if any(not name.strip() for name in choice.classes):
        raise MtlDemoError(f"A class of {column.name} has no name; give each of them one.")
    wanted = choice.values or choice.classes
    if not wanted and len(there) > MOST_CLASSES:
        return Inferred("", f"it holds {len(there):,} different values, more than {MOST_CLASSES:,} classes", missing)
    texts = [column.texts[index] for index in there]
    ends = lower_ends(texts)
    order = [texts[index] for index in np.argsort(ends, kind="stable")] if ends is not None else ordered_texts(texts)
    if wanted and (choice.values or set(wanted) & set(texts)):
        values = tuple(wanted)
    elif wanted and len(wanted) >= len(order):
        # Names for 0, 1, 2 ... are names by index, though a class may be without a label.
        numbered = all(text.isdigit() and int(text) < len(wanted) for text in order)
        if not numbered and len(wanted) != len(order):
            return Inferred("", f"{len(wanted)} classes were chosen for {len(order)} values", missing)
        values = tuple(str(number) for number in range(len(wanted))) if numbered else tuple(order)
    elif wanted:
        return Inferred("", f"{len(wanted)} classes were chosen for {len(order)} values", missing)
    else:
        values = tuple(order)
    if len(values) == 1:
        return Inferred("", f"every label is {next(iter(values))!r}, so there is nothing to tell apart", missing)
    names = choice.classes if len(choice.classes) == len(values) else values
    if not choice.classes and choice.kind == BINARY and set(values) == {"-1", "1"}:
        names = ("no", "yes")
    if choice.kind == BINARY and len(values) != 2:
        return Inferred("", f"it has {len(values)} different values, not two", missing)
    return _classes(values, missing, "it was chosen", question, names)


def _missing(column: Column, choice: ColumnChoice) -> tuple[np.ndarray, str]:
    """Which texts stand for no label, and what is unsure about that."""
    missing = column.missing(choice.missing)
    if choice.missing is not None or (choice.kind == REGRESSION and choice.low is not None and choice.low < 0):
        return missing, ""
    there = np.flatnonzero(~missing & (column.counts > 0))
    numbers = column.numbers[there]
    name = f"{column.name}: "
    texts = {column.texts[index].lower() for index in there} if len(there) <= 6 else set[str]()
    if "u" in texts and {"m", "f"} <= texts:
        missing = missing | np.array([text.lower() == "u" for text in column.texts])
        return missing, name + "u beside m and f is taken for unknown; if it is a class, give missing = []."
    if not (numbers < 0).any():
        return missing, ""
    negative = np.unique(numbers[numbers < 0]).tolist()
    if len(negative) > 1:
        return missing, ""
    values = set(numbers[np.isfinite(numbers)].tolist())
    if values == {-1, 1}:
        return missing, name + (
            '-1 beside 1 is taken for "no", as in CelebA; if it means that the label is unknown, give missing = ["-1"].'
        )
    if values == {-1, 0, 1}:
        return missing, name + (
            "-1, 0 and 1 are taken for three classes; if -1 or 0 means that the label is unknown, give "
            'missing = ["-1"] or missing = ["0"].'
        )
    if negative in UNKNOWN_MARKS and max(values) > 0:
        missing = missing.copy()
        missing[there[numbers == negative[0]]] = True
        return missing, name + (
            f"{negative[0]:g} is taken for a label that is unknown, as no other is negative; if it is a label, give "
            "missing = []."
        )
    return missing, ""


def _counts_rows(numbers: np.ndarray, counts: np.ndarray) -> bool:
    return bool((counts == 1).all()) and numbers.max() - numbers.min() == len(numbers) - 1
