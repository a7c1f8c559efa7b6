"""The measures that runs are compared by, of all tasks that a comparison knows."""

from mtldemo.tasks import TASKS, Measure

__all__ = ["KEY_MEASURES", "MEASURES", "ORDER", "Measure"]

MEASURES: dict[str, Measure] = {measure.name: measure for task in TASKS for measure in task.measures.values()}
"""By name. Figures of a run that aren't here (such as a confusion matrix) are no single number."""

KEY_MEASURES: dict[str, str] = {task.name: task.metric for task in TASKS}
"""The metric that a task is judged by, unless another is asked for."""
ORDER: dict[str, int] = {task.name: place for place, task in enumerate(TASKS)}
"""The tasks' places, so that tables name them in one order."""
