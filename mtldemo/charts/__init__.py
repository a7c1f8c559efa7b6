"""Records to figures: pure functions that know neither Streamlit nor torch. Colour means task, everywhere.

Feed a ``RunFrame`` with a run's records as they arrive and hand it to a function below, with the run's tasks and the
person's ``ChartOptions``; each gives a ``Chart``: the figure, a sentence that says what it shows, and its data.
What compares many runs is in ``charts.comparison``.

Modules are read when a name of theirs is first asked for, so that a page without charts opens without pandas and
Plotly. A new chart is one function in one of them.
"""

from typing import TYPE_CHECKING

from mtldemo.charts.lazily import lazily

if TYPE_CHECKING:
    from mtldemo.charts.answers import *  # noqa: F403
    from mtldemo.charts.co_occurrence import *  # noqa: F403
    from mtldemo.charts.colours import *  # noqa: F403
    from mtldemo.charts.dataset import *  # noqa: F403
    from mtldemo.charts.gradients import *  # noqa: F403
    from mtldemo.charts.losses import *  # noqa: F403
    from mtldemo.charts.matrix import *  # noqa: F403
    from mtldemo.charts.metrics import *  # noqa: F403
    from mtldemo.charts.options import *  # noqa: F403
    from mtldemo.charts.paths import *  # noqa: F403
    from mtldemo.charts.playground import *  # noqa: F403
    from mtldemo.charts.rows import *  # noqa: F403
    from mtldemo.charts.schedule import *  # noqa: F403
    from mtldemo.charts.splits import *  # noqa: F403
    from mtldemo.charts.style import *  # noqa: F403
    from mtldemo.charts.weights import *  # noqa: F403
else:
    __getattr__ = lazily(__name__, __path__)  # noqa: F405
