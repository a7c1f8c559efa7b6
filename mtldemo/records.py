"""The lines of a run's metrics file: what training yields, the run folder keeps and the charts draw.

A record is one JSON object; ``kind`` says which. Task names are keys everywhere. ``time`` is seconds of training since
the run began, pauses left out; ``step`` counts optimizer steps from 1; ``epoch`` is a fraction in a step's record and
whole elsewhere.
A number that is not finite is written as ``null``.
"""

from typing import Any, Literal, NotRequired, TypedDict


class StepRecord(TypedDict):
    """After an optimizer step. ``weights`` are the weights that were applied to ``losses`` (each [K], by task)."""

    kind: Literal["step"]
    step: int
    epoch: float
    time: float
    lr: float
    images_per_second: float
    losses: dict[str, float]
    weights: dict[str, float]
    objective: float
    gradient_norm: float


class GradientRecord(TypedDict):
    """The task gradients at the shared features, unweighted: norms by task and cosines by pair (``"age|gender"``)."""

    kind: Literal["gradients"]
    step: int
    epoch: float
    time: float
    norms: dict[str, float]
    cosines: dict[str, float]


class EpochRecord(TypedDict):
    """The end of an epoch. ``metrics`` holds by task ``mae`` and ``cs5`` (share within 5 years), or ``accuracy``,
    ``balanced_accuracy``, ``macro_f1`` and ``confusion`` (rows are the true classes). Shares are 0 to 1. ``learned``
    holds what the strategy learned in its own terms, by name and task, such as ``{"sigma": {"age": 4.1}}``. ``unsound``
    names the tasks whose answers or loss are no finite numbers; such an epoch is never the ``best``."""

    kind: Literal["epoch"]
    step: int
    epoch: int
    time: float
    train_losses: dict[str, float]
    val_losses: dict[str, float]
    metrics: dict[str, dict[str, Any]]
    learned: dict[str, dict[str, float]]
    score: float
    best: bool
    unsound: NotRequired[list[str]]


class TestRecord(TypedDict):
    """The held-out test split, measured once with the best epoch's weights."""

    kind: Literal["test"]
    step: int
    epoch: int
    time: float
    losses: dict[str, float]
    metrics: dict[str, dict[str, Any]]
    images: int
    best_epoch: int
    images_per_second: NotRequired[float]


Record = StepRecord | GradientRecord | EpochRecord | TestRecord
