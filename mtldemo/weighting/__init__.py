"""How the task losses become one update: one strategy a file, all of them listed once, here."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from mtldemo.config import WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.settings import field_named, setting_row, settings_of
from mtldemo.tasks import Task
from mtldemo.weighting import costs
from mtldemo.weighting.aligned_mtl import AlignedGradients
from mtldemo.weighting.awl import AutomaticWeightedLoss
from mtldemo.weighting.base import GradientMerge, GradientStrategy, LossStrategy, Strategy
from mtldemo.weighting.cagrad import ConflictAverse
from mtldemo.weighting.conflict_free import ConflictFree
from mtldemo.weighting.db_mtl import DualBalancing
from mtldemo.weighting.dtp import DynamicTaskPrioritisation
from mtldemo.weighting.dualproj import DualConeProjection
from mtldemo.weighting.dwa import DynamicWeightAverage
from mtldemo.weighting.equal import Equal
from mtldemo.weighting.excess_mtl import ExcessRisk
from mtldemo.weighting.fairgrad import FairGrad
from mtldemo.weighting.famo import FastAdaptive
from mtldemo.weighting.fixed import Fixed
from mtldemo.weighting.gls import GeometricLoss
from mtldemo.weighting.go4align import GroupAlignment
from mtldemo.weighting.graddrop import GradientSignDropout
from mtldemo.weighting.gradnorm import GradNorm
from mtldemo.weighting.gradvac import GradientVaccine
from mtldemo.weighting.imtl import Impartial
from mtldemo.weighting.imtl_g import ImpartialGradients
from mtldemo.weighting.imtl_l import ImpartialLoss
from mtldemo.weighting.mgda import MultipleGradientDescent
from mtldemo.weighting.moco import GradientCorrection
from mtldemo.weighting.nash_mtl import NashBargaining
from mtldemo.weighting.pcgrad import GradientSurgery
from mtldemo.weighting.rlw import RandomLossWeighting
from mtldemo.weighting.scale_invariant import ScaleInvariant
from mtldemo.weighting.scheduled import Scheduled
from mtldemo.weighting.sdmgrad import DirectionOriented
from mtldemo.weighting.stch import SmoothTchebycheff
from mtldemo.weighting.uncertainty import Uncertainty
from mtldemo.weighting.upgrad import UnconflictingProjection
from mtldemo.weighting.uw_so import SoftOptimalUncertainty

__all__ = [
    "STRATEGIES",
    "GradientMerge",
    "GradientStrategy",
    "LossStrategy",
    "Strategy",
    "build",
    "check_options",
    "describe",
    "strategy_named",
]

STRATEGIES: tuple[type[Strategy], ...] = (
    Equal,
    Fixed,
    Scheduled,
    Uncertainty,
    AutomaticWeightedLoss,
    SoftOptimalUncertainty,
    DynamicWeightAverage,
    DynamicTaskPrioritisation,
    GeometricLoss,
    RandomLossWeighting,
    ScaleInvariant,
    ImpartialLoss,
    FastAdaptive,
    SmoothTchebycheff,
    GroupAlignment,
    GradNorm,
    MultipleGradientDescent,
    GradientSurgery,
    GradientVaccine,
    ConflictAverse,
    ImpartialGradients,
    Impartial,
    NashBargaining,
    FairGrad,
    AlignedGradients,
    UnconflictingProjection,
    DualConeProjection,
    ConflictFree,
    DirectionOriented,
    GradientCorrection,
    DualBalancing,
    ExcessRisk,
    GradientSignDropout,
)
"""Every strategy, in the order in which they are shown."""


def strategy_named(name: str) -> type[Strategy]:
    """The strategy's class; raises ``MtlDemoError`` with the choices where there is none called ``name``."""
    for strategy in STRATEGIES:
        if strategy.name == name:
            return strategy
    choices = ", ".join(strategy.name for strategy in STRATEGIES)
    raise MtlDemoError(f"There is no loss weighting {name!r}; choose from {choices}.")


def check_options(config: WeightingConfig, tasks: Sequence[Task]) -> dict[str, Any]:
    """The config's options in their declared types.

    Raises ``MtlDemoError`` for an unknown strategy or option, a value out of range, values that can't be together,
    a value named after anything but a task of this run, or gradients taken where the strategy has no use for them.
    """
    strategy = strategy_named(config.strategy)
    _check_gradients_at(strategy, config.gradients_at)
    known = [task.name for task in tasks]
    checked = {}
    for name, value in config.options.items():
        field = field_named(strategy, name, strategy.title)
        checked[name] = field.check(value)
        for key in checked[name] if field.kind is dict else ():
            if key not in known:
                raise MtlDemoError(f"{name}: {key!r} is no task of this run; its tasks are {', '.join(known)}.")
    strategy.check(tasks, checked)
    return checked


def build(config: WeightingConfig, tasks: Sequence[Task]) -> Strategy:
    """The strategy of a run, fresh; raises ``MtlDemoError`` as ``check_options`` does."""
    # Each class takes its own keyword-only options, which the check above has matched to its signature.
    make: Any = strategy_named(config.strategy)
    return make(tasks, **check_options(config, tasks))


def describe() -> list[dict[str, Any]]:
    """Every strategy as plain JSON values: name, title, kind, idea, formula, paper, needs, the properties it keeps,
    settings, and its cost in words and, by the place where gradients may be taken, as ``time`` and ``memory`` beside a
    plain step."""
    return [
        {
            "name": strategy.name,
            "title": strategy.title,
            "idea": strategy.idea,
            "formula": strategy.formula,
            "paper": strategy.paper,
            "kind": costs.kind(strategy),
            "needs": sorted(strategy.needs),
            "properties": sorted(strategy.keeps),
            "cost": strategy.cost,
            "costs": {
                gradients_at: dataclasses.asdict(costs.relative_cost(strategy, gradients_at))
                for gradients_at in costs.places(strategy) or ("shared",)
            },
            "settings": [setting_row(field) for field in settings_of(strategy)],
        }
        for strategy in STRATEGIES
    ]


def _check_gradients_at(strategy: type[Strategy], gradients_at: str) -> None:
    if issubclass(strategy, LossStrategy) or gradients_at in costs.places(strategy):
        return
    if gradients_at == "block":
        raise MtlDemoError(
            f"gradients_at: {strategy.title} builds the direction of all shared weights itself, so the last block's "
            f"are not enough; choose {' or '.join(costs.places(strategy))}."
        )
    raise MtlDemoError(
        f"gradients_at: {strategy.title} remembers the gradients of earlier steps, but those at the features "
        "belong to one batch's pictures; choose shared."
    )
