"""The lines of a run's metrics file: what training yields, the run folder keeps and the charts draw.

A record is one JSON object; ``kind`` says which. Task names are keys everywhere. ``time`` is seconds of training since
the run began, pauses left out; ``step`` counts optimizer steps from 1; ``epoch`` is a fraction in a step's record and
whole elsewhere.
A number that is not finite is written as ``null``.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, NotRequired, TypedDict

from mtldemo.json_text import is_shallow


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
    holds what the strategy learned in its own terms, by name and task, such as ``{"sigma": {"age": 4.1}}``; ``sharing``
    what the way of sharing did, by name, task and column: ``{"gates": {"age": {"expert 1": 0.7}}}``. ``unsound``
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
    sharing: NotRequired[dict[str, dict[str, dict[str, float]]]]


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


class ThreadRecord(TypedDict):
    """From ``step`` on each operation is shared out to ``threads``, as other programs have become busy, or calm."""

    kind: Literal["threads"]
    step: int
    epoch: float
    time: float
    threads: int


Record = StepRecord | GradientRecord | EpochRecord | TestRecord | ThreadRecord

LATEST = 1e12
"""No step, epoch or second of training comes after this one."""
DEEPEST = 8
"""Of what a record holds that this version knows nothing of."""
_NUMBER = {int, float}
_NUMBER_OR_NULL = {int, float, type(None)}


def is_sound(record: Any) -> bool:
    """Whether ``record`` is one, and whatever it holds under a name of the kinds above is of that name's type, so that
    whoever draws, sums up or compares records need not look again. Names may be missing, and others be there."""
    if not isinstance(record, dict) or not isinstance(record.get("kind"), str):
        return False
    for name, value in record.items():
        fits = _FITS.get(name)
        if not (is_shallow(value, DEEPEST) if fits is None else fits(value)):
            return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_place(value: Any) -> bool:
    return type(value) in _NUMBER and 0 <= value <= LATEST


def _is_number(value: Any) -> bool:
    return type(value) in _NUMBER_OR_NULL


def _is_flag(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _is_table(value: Any) -> bool:
    """A number for each name."""
    return isinstance(value, dict) and _all_numbers(value.values())


def _are_tables_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_are_tables, value.values()))


def _are_tables(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_table, value.values()))


def _are_metrics(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_measured, value.values()))


def _is_measured(values: Any) -> bool:
    """One task's metrics: numbers, but for the confusion matrix, which is square."""
    if not isinstance(values, dict):
        return False
    if "confusion" not in values:
        return _all_numbers(values.values())
    rows = values["confusion"]
    return _is_matrix(rows) and _all_numbers(value for name, value in values.items() if name != "confusion")


def _is_matrix(rows: Any) -> bool:
    return isinstance(rows, list) and all(
        isinstance(row, list) and len(row) == len(rows) and all(map(_is_place, row)) for row in rows
    )


def _all_numbers(values: Iterable[Any]) -> bool:
    return set(map(type, values)) <= _NUMBER_OR_NULL


_FITS: dict[str, Callable[[Any], bool]] = {
    "kind": _is_text,
    **dict.fromkeys(("step", "epoch", "time"), _is_place),
    **dict.fromkeys(("lr", "images_per_second", "objective", "gradient_norm", "score"), _is_number),
    **dict.fromkeys(("images", "best_epoch", "threads"), _is_place),
    "best": _is_flag,
    **dict.fromkeys(("losses", "weights", "norms", "cosines", "train_losses", "val_losses"), _is_table),
    "learned": _are_tables,
    "sharing": _are_tables_by_name,
    "metrics": _are_metrics,
}
"""What may stand under each name of a record."""
