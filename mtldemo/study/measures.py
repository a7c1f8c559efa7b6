"""The metrics that runs are compared by: their direction, unit and words."""

from dataclasses import dataclass

from mtldemo.tasks import AGE, TASKS


@dataclass(frozen=True)
class Measure:
    """One metric of ``EpochRecord.metrics``, recorded as a number from 0 to ``most``. A figure shown to a person is the
    recorded one times ``factor``, in ``unit``; a difference of two is in ``difference_unit``."""

    name: str
    title: str
    higher_is_better: bool
    factor: float = 100.0
    unit: str = "%"
    difference_unit: str = "percentage points"
    most: float = 1.0


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("mae", "mean error", False, 1.0, "years", "years", AGE.high - AGE.low),
        Measure("cs5", "within 5 years", True),
        Measure("accuracy", "accuracy", True),
        Measure("balanced_accuracy", "balanced accuracy", True),
        Measure("macro_f1", "macro F1", True),
    )
}
"""By name. Figures of a run that aren't here (such as a confusion matrix) are no single number."""

KEY_MEASURES: dict[str, str] = {task.name: task.metric for task in TASKS}
"""The metric that a task is judged by, unless another is asked for."""
ORDER: dict[str, int] = {task.name: place for place, task in enumerate(TASKS)}
"""The tasks' places, so that tables name them in one order."""
