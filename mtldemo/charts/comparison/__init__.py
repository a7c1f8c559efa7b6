"""Many runs in one figure: how strategies compare. Colour still means task; an arm (a strategy, or a task alone) is a
panel, a row, a dash or a marker, and its name stands beside it.

From runs, each an ``ArmRun(arm, seed, frame, name)``:
    compared_curves(runs, tasks, options, what="train" | "validation" | "metric", focus=(), spread="range")
    compared_weights(runs, tasks, options, normalised=True, spread="range")
    weight_paths(runs, tasks, options)                       a triangle an arm, for three tasks
    compared_cosines(runs, tasks, options, focus=(), spread="range"), cosine_heat(runs, tasks)
    compared_norms(runs, tasks, options, focus=(), spread="range")
From the tables of ``study.statistics`` and ``study.ranking``:
    difference_forest(differences_to(...), tasks, baseline, metrics=None)
    delta_m_bars(delta_m(...))
    rank_heat(ranks(...), tasks), best_heat(p_best(...), tasks)
    trade_off(pareto_front(...), first, second, metrics=None)
    parallel_settings(settings, results, tasks, by=None, focus=(), metrics=None)

``options`` are ``ChartOptions``; ``focus`` names arms that stand out while the others are grey; ``spread`` is what a
band shows: ``range`` from the lowest to the highest seed, or the 95 % ``interval`` of their mean; ``metrics`` says by
which metric a task is judged, where it isn't its key metric. Everything is imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtldemo.charts.comparison.arms import SPREADS, ArmRun, Spread
    from mtldemo.charts.comparison.curves import compared_curves
    from mtldemo.charts.comparison.differences import delta_m_bars, difference_forest
    from mtldemo.charts.comparison.gradients import compared_cosines, compared_norms, cosine_heat
    from mtldemo.charts.comparison.parallel import parallel_settings
    from mtldemo.charts.comparison.ranking import best_heat, rank_heat
    from mtldemo.charts.comparison.ternary import weight_paths
    from mtldemo.charts.comparison.tradeoff import trade_off
    from mtldemo.charts.comparison.weights import compared_weights

__all__ = [
    "SPREADS",
    "ArmRun",
    "Spread",
    "best_heat",
    "compared_cosines",
    "compared_curves",
    "compared_norms",
    "compared_weights",
    "cosine_heat",
    "delta_m_bars",
    "difference_forest",
    "parallel_settings",
    "rank_heat",
    "trade_off",
    "weight_paths",
]

_HOMES = {
    "arms": ("SPREADS", "ArmRun", "Spread"),
    "curves": ("compared_curves",),
    "differences": ("delta_m_bars", "difference_forest"),
    "gradients": ("compared_cosines", "compared_norms", "cosine_heat"),
    "parallel": ("parallel_settings",),
    "ranking": ("best_heat", "rank_heat"),
    "ternary": ("weight_paths",),
    "tradeoff": ("trade_off",),
    "weights": ("compared_weights",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
