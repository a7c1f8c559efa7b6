"""What every kind of task has: its losses, its measures, and how answers are scored."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mtldemo.tasks.measures import Measure

if TYPE_CHECKING:
    from mtldemo.tasks.task import Task


class Kind(ABC):
    """A kind of label. ``losses`` are the losses it may be trained with, the first its default; ``measure`` names the
    key measure. N is the number of pictures that have a label: whoever calls has left the others out."""

    name: str
    title: str
    """As a person says it, such as ``a number``."""
    losses: tuple[str, ...]
    measure: str

    @abstractmethod
    def measures(self, task: "Task") -> tuple[Measure, ...]:
        """Every measure that ``score`` gives, the ones of charts first."""

    @abstractmethod
    def score(self, task: "Task", guess: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
        """Measures of guesses [N] (values, or class indices) against labels [N]; NaN where there are none, or where a
        guess is no finite number."""

    @abstractmethod
    def guessing_error(self, labels: np.ndarray) -> float:
        """The error, in the key measure, of the best constant answer to ``labels`` [N]; 0 without any."""

    @abstractmethod
    def why_not(self, task: "Task") -> str:
        """What is wrong with ``task`` as one of this kind, in words, or an empty text."""


def no_figures(measures: Sequence[Measure]) -> dict[str, Any]:
    """NaN for each of ``measures``."""
    return {measure.name: float("nan") for measure in measures}
