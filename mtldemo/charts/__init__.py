"""Records to figures: pure functions that know neither Streamlit nor torch. Colour means task, everywhere.

Feed a ``RunFrame`` with a run's records as they arrive and hand it to a function below, with the run's tasks and the
person's ``ChartOptions``; each gives a ``Chart``: the figure, a sentence that says what it shows, and its data.
What compares many runs is in ``charts.comparison``.

Everything but the colours is imported on first use, so that a page without charts opens without pandas and Plotly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mtldemo.charts.colours import task_colour

if TYPE_CHECKING:
    from mtldemo.charts.answers import age_distribution, class_shares
    from mtldemo.charts.dataset import label_distribution, split_balance
    from mtldemo.charts.frame import RunFrame
    from mtldemo.charts.gradients import gradient_cosines, gradient_norms
    from mtldemo.charts.losses import loss_curves, sparkline
    from mtldemo.charts.matrix import confusion
    from mtldemo.charts.metrics import metric_curves, metric_words
    from mtldemo.charts.options import Chart, ChartOptions
    from mtldemo.charts.paths import Grid, loss_paths, parameter_paths
    from mtldemo.charts.playground import directions_plane, share_bars, weight_bars
    from mtldemo.charts.rows import ROWS, RunChart, rows_of
    from mtldemo.charts.schedule import learning_rate, throughput
    from mtldemo.charts.style import themed
    from mtldemo.charts.weights import contributions, task_weights

__all__ = [
    "ROWS",
    "Chart",
    "ChartOptions",
    "Grid",
    "RunChart",
    "RunFrame",
    "age_distribution",
    "class_shares",
    "confusion",
    "contributions",
    "directions_plane",
    "gradient_cosines",
    "gradient_norms",
    "label_distribution",
    "learning_rate",
    "loss_curves",
    "loss_paths",
    "metric_curves",
    "metric_words",
    "parameter_paths",
    "rows_of",
    "share_bars",
    "sparkline",
    "split_balance",
    "task_colour",
    "task_weights",
    "themed",
    "throughput",
    "weight_bars",
]

# No module may be called like what it offers: importing it would hide that.
_HOMES = {
    "answers": ("age_distribution", "class_shares"),
    "dataset": ("label_distribution", "split_balance"),
    "frame": ("RunFrame",),
    "gradients": ("gradient_cosines", "gradient_norms"),
    "losses": ("loss_curves", "sparkline"),
    "matrix": ("confusion",),
    "metrics": ("metric_curves", "metric_words"),
    "options": ("Chart", "ChartOptions"),
    "paths": ("Grid", "loss_paths", "parameter_paths"),
    "playground": ("directions_plane", "share_bars", "weight_bars"),
    "rows": ("ROWS", "RunChart", "rows_of"),
    "schedule": ("learning_rate", "throughput"),
    "style": ("themed",),
    "weights": ("contributions", "task_weights"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
