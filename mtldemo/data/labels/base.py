"""Where labels come from: whatever knows, for the pictures of a source, what each of them shows."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow

from mtldemo.tasks import TaskSet

FACES, WHOLE = "faces", "whole"
"""What a model of a data set is asked about: the faces in a picture, or the picture as a whole."""
TextColumn = Sequence[str] | pyarrow.Array
"""Texts, of which a column need not make any before it is asked."""


@dataclass(frozen=True)
class LabelColumns:
    """What is known of N pictures, a column for each task.

    ``values`` float64 [N] by task: a number in the task's unit, or a class index; NaN where there is no label.
    ``problems`` [N] say in words why a picture can't be used (empty where it can), ``repairs`` [N] what was put right
    in its labels. ``split`` [N] (``train``, ``val``, ``test`` or empty), ``group`` [N] (pictures of one person, say,
    that must not be torn apart; empty for one of its own) and ``fold`` [N] (-1 for none) are None where the data set
    doesn't bring them.
    """

    values: Mapping[str, np.ndarray]
    problems: Sequence[str]
    repairs: Sequence[str]
    split: TextColumn | None = None
    group: TextColumn | None = None
    fold: np.ndarray | None = None


@dataclass(frozen=True)
class LabelNotes:
    """What a person must know of how labels were read. ``choices`` are sentences on what was chosen by rule, such as a
    column's kind; ``questions`` what was unsure and how to settle it; ``rejected`` has what names no picture that could
    be used (such as a line of a manifest): its name or line, and the reason."""

    choices: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    rejected: tuple[tuple[str, str], ...] = field(default=())


class Labels(ABC):
    """The labels of a source's pictures, by their names inside it."""

    tasks: TaskSet
    notes: LabelNotes = LabelNotes()
    expected: str = ""
    """A sentence on what pictures and labels must look like, for where none can be used."""

    @abstractmethod
    def of(self, names: Sequence[str]) -> LabelColumns:
        """The labels of the pictures called ``names`` [N] (parts joined by ``/``, from the source's folder on)."""

    @abstractmethod
    def mark(self) -> str:
        """A text that changes with any label, task or rule; it joins the fingerprint and the content key. Empty where
        names and bytes say all, as in UTKFace."""
