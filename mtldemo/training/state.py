"""What a checkpoint holds, and the way back from it."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mtldemo.errors import MtlDemoError
from mtldemo.training.engine import Engine

FORMAT = 1
"""Of a state; it grows when an older one can no longer be resumed."""


@dataclass
class Progress:
    """How far a run is. ``epoch`` counts whole epochs, ``place`` the steps in the current one, ``sums`` [K] its losses
    and ``busy`` the seconds spent in steps."""

    step: int = 0
    epoch: int = 0
    place: int = 0
    time: float = 0.0
    busy: float = 0.0
    images: int = 0
    sums: dict[str, float] = dataclasses.field(default_factory=dict)
    best_score: float = math.nan
    best_epoch: int = 0
    tested: bool = False

    def count(self, losses: Mapping[str, float], images: int, seconds: float) -> None:
        """A step on ``images`` pictures is done."""
        self.step += 1
        self.place += 1
        self.images += images
        self.busy += seconds
        self.sums = {name: self.sums.get(name, 0.0) + loss for name, loss in losses.items()}


def packed(engine: Engine, progress: Progress, best: dict[str, Tensor] | None, key: str) -> dict[str, Any]:
    """The whole state of a run, with the data set's ``key``: tensors, numbers and texts only."""
    return {
        "format": FORMAT,
        "dataset": key,
        "engine": engine.state(),
        "progress": dataclasses.asdict(progress),
        "best": best,
    }


def restored(engine: Engine, state: Mapping[str, Any], key: str) -> tuple[Progress, dict[str, Tensor] | None]:
    """Put a ``packed`` state into ``engine``; how far the run is, and its best weights so far.

    Raises ``MtlDemoError`` where the state is of another format or data set, or doesn't fit the engine.
    """
    if state.get("format") != FORMAT:
        raise MtlDemoError(f"The checkpoint is of format {state.get('format')}, expected {FORMAT}; start the run anew.")
    if state.get("dataset") != key:
        raise MtlDemoError(
            "The data set has changed since the checkpoint; start a new run, or bring the old data back."
        )
    try:
        engine.load(state["engine"])
        progress, best = Progress(**state["progress"]), state["best"]
        if best is not None and not all(bool(value.isfinite().all()) for value in best.values()):
            # An earlier version took an epoch whose numbers weren't finite for the best.
            progress.best_score, progress.best_epoch, best = math.nan, 0, None
        return progress, best
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as fault:
        raise MtlDemoError("The checkpoint doesn't fit the run's config; start the run anew.") from fault
