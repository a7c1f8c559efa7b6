"""The whole evolving state of training as one typed value, and what a checkpoint holds of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor

from mtldemo.errors import MtlDemoError
from mtldemo.training.engine import Engine

FORMAT = 1
"""Of a checkpoint; it grows when an older one can no longer be resumed."""

STORED = {
    "step": "step",
    "epoch": "epoch",
    "epoch_step": "place",
    "time": "time",
    "busy": "busy",
    "images": "images",
    "loss_sums": "sums",
    "best_score": "best_score",
    "best_epoch": "best_epoch",
    "tested": "tested",
}
"""The numbers of a state, and what a checkpoint calls them."""

Reason = Literal["epoch", "time", "stop", "end"]
"""Why a checkpoint is made: an epoch is over, it is time, the run was told to stop, or all is done."""


@dataclass(frozen=True)
class Checkpoint:
    """All that the run needs to go on from here.

    ``state`` holds tensors, numbers and texts only. Its tensors are the ones that training goes on to change, so save
    or copy it before asking for what comes next. ``best`` holds the best epoch's weights where they are new since the
    checkpoint before, and at the end; else None. Nothing follows where the ``reason`` is ``stop`` or ``end``.
    """

    step: int
    epoch: int
    time: float
    state: dict[str, Any]
    best: dict[str, Tensor] | None
    reason: Reason


@dataclass
class TrainState:
    """Everything that changes while a run is trained; training goes on from it bit by bit.

    ``engine`` holds the network, its strategy, their optimizers and the average of the weights; ``dataset_key`` changes
    with what they learn from. ``epoch`` counts whole epochs, ``epoch_step`` the steps in the current one, ``loss_sums``
    [K] its losses by task; ``time`` are the seconds since the beginning and ``busy`` those spent in steps; ``images``
    counts the pictures of all steps. ``best`` are the weights of ``best_epoch`` (from 1; 0 and None: no epoch was sound
    yet). Two aren't in a checkpoint: ``best_is_new`` says that none has handed out the best weights, ``saved_step`` is
    that of the last one (0: none).
    """

    engine: Engine
    dataset_key: str
    step: int = 0
    epoch: int = 0
    epoch_step: int = 0
    time: float = 0.0
    busy: float = 0.0
    images: int = 0
    loss_sums: dict[str, float] = field(default_factory=dict)
    best_score: float = math.nan
    best_epoch: int = 0
    tested: bool = False
    best: dict[str, Tensor] | None = None
    best_is_new: bool = False
    saved_step: int = 0

    def end_step(self, losses: Mapping[str, float], images: int, seconds: float) -> None:
        """A step on ``images`` pictures is done, in ``seconds``, with these ``losses`` by task."""
        self.step += 1
        self.epoch_step += 1
        self.images += images
        self.busy += seconds
        self.loss_sums = {name: self.loss_sums.get(name, 0.0) + loss for name, loss in losses.items()}

    def end_epoch(self, score: float, *, sound: bool) -> None:
        """An epoch is done and judged by ``score`` (less is better): its weights are the best so far where they are
        ``sound`` and no sound epoch before scored less."""
        self.epoch += 1
        better = self.best is None or score < self.best_score or math.isnan(self.best_score)
        self.best_is_new = better and sound
        if self.best_is_new:
            weights = self.engine.evaluated.state_dict()
            self.best = {name: tensor.detach().clone() for name, tensor in weights.items()}
            self.best_score, self.best_epoch = score, self.epoch

    def train_losses(self) -> dict[str, float]:
        """The means of the current epoch's losses, by task."""
        return {name: total / self.epoch_step for name, total in self.loss_sums.items()}

    def begin_epoch(self) -> None:
        """The next epoch begins."""
        self.epoch_step, self.loss_sums = 0, {}

    def checkpoint(self, reason: Reason, time: float) -> Checkpoint:
        """What to go on from, at ``time``, in seconds since the beginning."""
        self.time, self.saved_step = time, self.step
        best = self.best if self.best_is_new or reason == "end" else None
        self.best_is_new = False
        return Checkpoint(self.step, self.epoch, time, self._packed(), best, reason)

    def _packed(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "dataset": self.dataset_key,
            "engine": self.engine.state(),
            "progress": {stored: getattr(self, name) for name, stored in STORED.items()},
            "best": self.best,
        }


def restored(engine: Engine, packed: Mapping[str, Any], dataset_key: str) -> TrainState:
    """The state that a checkpoint's ``packed`` values hold, put into a fresh ``engine``.

    Raises ``MtlDemoError`` where they are of another format or data set, or don't fit the engine.
    """
    if packed.get("format") != FORMAT:
        raise MtlDemoError(
            f"The checkpoint is of format {packed.get('format')}, expected {FORMAT}; start the run anew."
        )
    if packed.get("dataset") != dataset_key:
        raise MtlDemoError(
            "The data set has changed since the checkpoint; start a new run, or bring the old data back."
        )
    try:
        engine.load(packed["engine"])
        names = {stored: name for name, stored in STORED.items()}
        numbers = {names[stored]: number for stored, number in packed["progress"].items()}
        state = TrainState(engine, dataset_key, **numbers, best=packed["best"])
        state.saved_step = state.step
        if state.best is not None and not all(bool(value.isfinite().all()) for value in state.best.values()):
            # An earlier version took an epoch whose numbers weren't finite for the best.
            state.best_score, state.best_epoch, state.best = math.nan, 0, None
        return state
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as fault:
        raise MtlDemoError("The checkpoint doesn't fit the run's config; start the run anew.") from fault
