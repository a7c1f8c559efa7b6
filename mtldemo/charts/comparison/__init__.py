"""Many runs in one figure: how strategies compare. Colour still means task; an arm (a strategy, or a task alone) is a
panel, a row, a dash or a marker, and its name stands beside it.

Curves, weights, paths and gradients are drawn from runs, each an ``ArmRun``; differences, ranks, trade-offs and
settings from the tables of ``study.statistics`` and ``study.ranking``. ``options`` are ``ChartOptions``; ``focus``
names arms that stand out while the others are grey; ``spread`` is what a band shows: ``range`` from the lowest to the
highest seed, or the 95 % ``interval`` of their mean; ``metrics`` says by which metric a task is judged, where it isn't
its key metric. Modules are read when a name of theirs is first asked for.
"""

from typing import TYPE_CHECKING

from mtldemo.charts.lazily import lazily

if TYPE_CHECKING:
    from mtldemo.charts.comparison.arms import *  # noqa: F403
    from mtldemo.charts.comparison.curves import *  # noqa: F403
    from mtldemo.charts.comparison.differences import *  # noqa: F403
    from mtldemo.charts.comparison.gradients import *  # noqa: F403
    from mtldemo.charts.comparison.parallel import *  # noqa: F403
    from mtldemo.charts.comparison.ranking import *  # noqa: F403
    from mtldemo.charts.comparison.ternary import *  # noqa: F403
    from mtldemo.charts.comparison.tradeoff import *  # noqa: F403
    from mtldemo.charts.comparison.weights import *  # noqa: F403
else:
    __getattr__ = lazily(__name__, __path__)  # noqa: F405
