"""The figures that answers are judged by: their words, direction, unit and range. The only table of metrics."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One figure of a task, as recorded in ``EpochRecord.metrics``: a number from 0 to ``most``.

    A figure shown to a person is the recorded one times ``factor``, in ``unit``; a difference of two is in
    ``difference_unit``. ``title`` is what charts call it, ``short`` the head of a table's column, ``plain`` its name in
    a sentence.
    """

    name: str
    title: str
    short: str
    plain: str
    higher_is_better: bool
    factor: float = 100.0
    unit: str = "%"
    difference_unit: str = "percentage points"
    most: float = 1.0

    @property
    def digits(self) -> int:
        """Decimal places of a shown value: two, more where all that it can be is less than one."""
        return 1 if self.unit == "%" else max(2, 2 - math.floor(math.log10(self.most)))

    def error(self, value: float) -> float:
        """How far a recorded ``value`` is from a perfect one: itself for an error, else one minus it."""
        return 1 - value if self.higher_is_better else value

    def shown(self, value: float) -> str:
        """A recorded ``value`` with its unit, such as ``5.80 years``, ``164,485.66 EUR`` or ``92.5 %``."""
        return f"{self.factor * value:,.{self.digits}f} {self.unit}".rstrip()


def share_measure(name: str, title: str) -> Measure:
    """A measure that is a share of the pictures, larger is better."""
    return Measure(name, title, title, title, higher_is_better=True)


def mean_absolute_error(unit: str, span: float) -> Measure:
    """The MAE in ``unit``, at most ``span`` for answers and labels within a range of that width."""
    return Measure(
        "mae", "mean absolute error", "MAE", "mean error", False, 1.0, unit=unit, difference_unit=unit, most=span
    )


ACCURACY = share_measure("accuracy", "accuracy")
BALANCED_ACCURACY = share_measure("balanced_accuracy", "balanced accuracy")
MACRO_F1 = share_measure("macro_f1", "macro F1")
