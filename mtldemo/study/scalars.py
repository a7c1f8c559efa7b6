"""A run's records as named numbers, the way experiment trackers keep them."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from mtldemo.config import RunConfig, listed_settings
from mtldemo.errors import readable
from mtldemo.model.sharing_words import own_options
from mtldemo.runs import RunFolder

EPOCHS = ("epoch", "test")
"""Kinds of records that come once an epoch or less."""


def numbers_of(record: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a record by name: ``train/age/loss``, ``train/age/weight``, ``val/gender/accuracy``,
    ``gradients/age/norm``, ``gradients/age-gender/cosine``, ``learned/sigma/age``, ``test/age/mae``, ``train/lr`` ...

    What isn't a finite number (a confusion matrix, a value that couldn't be told) is left out, and so is what a foreign
    record holds.
    """
    return {name: float(value) for name, value in _pairs(record) if _finite(value)}


class Row(NamedTuple):
    """The named numbers of one record, and its place; ``time`` is seconds of training."""

    kind: str
    step: int
    epoch: float
    time: float
    numbers: dict[str, float]


def number_rows(run: RunFolder) -> Iterator[Row]:
    """The records that have numbers, in the order of the file."""
    for record in run.read()[0]:
        numbers = numbers_of(record)
        step, epoch, time = (record.get(name) for name in ("step", "epoch", "time"))
        if numbers and _finite(step) and _finite(epoch) and _finite(time):
            yield Row(record["kind"], int(step), float(epoch), float(time), numbers)


def settings(config: RunConfig, *, own_split: bool = False) -> dict[str, Any]:
    """The settings of a config that mean something on its data set, which may have brought its ``own_split``, by dotted
    path, such as ``optim.lr``; a strategy's options and other named values each by their own, and several names as
    ``age,gender``."""
    cells: dict[str, Any] = {}
    values = {name: value for name, _, value in listed_settings(config, own_split=own_split)}
    options = {"weighting.options": config.weighting.options, "sharing.options": own_options(config.sharing)}
    for path, value in {**values, **options}.items():
        if isinstance(value, Mapping):
            cells |= {f"{path}.{name}": _flat(item) for name, item in value.items()}
        else:
            cells[path] = _flat(value)
    return cells


def titles(runs: Iterable[RunFolder]) -> list[str]:
    """A name for each run, unique whatever its case: its own, with its folder's name before it where two share one."""
    runs = list(runs)
    names = [run.name.casefold() for run in runs]
    candidates = [
        run.name if names.count(run.name.casefold()) == 1 else f"{run.runs_dir.name}-{run.name}" for run in runs
    ]
    seen: dict[str, int] = {}
    for index, title in enumerate(candidates):
        number = seen[title.casefold()] = seen.get(title.casefold(), 0) + 1
        if number > 1:
            candidates[index] = f"{title}-{number}"
    return candidates


def _pairs(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    kind = record.get("kind")
    if kind == "step":
        yield from _by_task(record, "train", losses="loss", weights="weight")
        yield from ((f"train/{name}", record.get(name)) for name in ("objective", "gradient_norm", "lr"))
        yield "train/images_per_second", record.get("images_per_second")
    elif kind == "gradients":
        yield from _by_task(record, "gradients", norms="norm", cosines="cosine")
    elif kind == "epoch":
        yield from _by_task(record, "train", train_losses="mean_loss")
        yield from _by_task(record, "val", val_losses="loss")
        yield from _metrics(record, "val")
        yield "val/score", record.get("score")
        for name, values in _mapping(record, "learned"):
            yield from ((f"learned/{name}/{task}", value) for task, value in _items(values))
    elif kind == "test":
        yield from _by_task(record, "test", losses="loss")
        yield from _metrics(record, "test")


def _by_task(record: Mapping[str, Any], split: str, **columns: str) -> Iterator[tuple[str, Any]]:
    for field, name in columns.items():
        for task, value in _mapping(record, field):
            # A pair of tasks is "age|gender"; trackers have no bar in a name.
            yield f"{split}/{task.replace('|', '-')}/{name}", value


def _metrics(record: Mapping[str, Any], split: str) -> Iterator[tuple[str, Any]]:
    for task, values in _mapping(record, "metrics"):
        yield from ((f"{split}/{task}/{name}", value) for name, value in _items(values))


def _mapping(record: Mapping[str, Any], field: str) -> Iterator[tuple[str, Any]]:
    return _items(record.get(field))


def _items(values: Any) -> Iterator[tuple[str, Any]]:
    yield from values.items() if isinstance(values, dict) else ()


def _finite(value: Any) -> TypeGuard[float]:
    return type(value) in (int, float) and math.isfinite(value)  # a truth value is an int, too


def _flat(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return readable(",".join(map(str, value)))
    return value if isinstance(value, bool | int | float) else readable(str(value))
