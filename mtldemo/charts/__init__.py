"""Records to figures: pure functions that know neither Streamlit nor torch. Colour means task, everywhere.

Feed a ``RunFrame`` with a run's records as they arrive and hand it to a function below, with the run's tasks and the
person's ``ChartOptions``; each gives a ``Chart``: the figure, a sentence that says what it shows, and its data.
"""

from collections.abc import Callable, Sequence

from mtldemo.charts.colours import TASK_COLOURS, task_colour
from mtldemo.charts.confusion import confusion
from mtldemo.charts.dataset import label_distribution, split_balance
from mtldemo.charts.frame import RunFrame
from mtldemo.charts.gradients import gradient_cosines, gradient_norms
from mtldemo.charts.losses import loss_curves, sparkline
from mtldemo.charts.metrics import metric_curves, metric_words
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.schedule import learning_rate, throughput
from mtldemo.charts.style import themed
from mtldemo.charts.weights import contributions, task_weights
from mtldemo.tasks import Task

RunChart = Callable[[RunFrame, Sequence[Task], ChartOptions], Chart]
ROWS: tuple[tuple[RunChart, ...], ...] = (
    (loss_curves,),
    (contributions, task_weights),
    (metric_curves,),
    (gradient_cosines,),
    (gradient_norms, learning_rate, throughput),
)
"""The charts of a run in the order they are read, those of a row side by side."""

__all__ = [
    "ROWS",
    "TASK_COLOURS",
    "Chart",
    "ChartOptions",
    "RunChart",
    "RunFrame",
    "confusion",
    "contributions",
    "gradient_cosines",
    "gradient_norms",
    "label_distribution",
    "learning_rate",
    "loss_curves",
    "metric_curves",
    "metric_words",
    "sparkline",
    "split_balance",
    "task_colour",
    "task_weights",
    "themed",
    "throughput",
]
