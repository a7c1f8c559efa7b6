"""From a trained run to a model that can be used: calibrated on validation, halved where that costs nothing, measured
on test, and described in a card. Imports torch."""

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mtldemo.config import to_dict
from mtldemo.data.dataset import Dataset
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.model.files import save_model
from mtldemo.predict import calibrate, scoring
from mtldemo.predict.crop import Crop
from mtldemo.predict.domain import PICTURES
from mtldemo.predict.measure import Measured, measure
from mtldemo.predict.predictor import BATCH, Predictor, RawAnswers, UnsoundAnswersError
from mtldemo.predict.scoring import Truth
from mtldemo.predict.usage import KEY, VIEWS, Usage, write_beside
from mtldemo.progress import Progress, no_progress
from mtldemo.tasks import REGRESSION
from mtldemo.titles import without_paths

NO_COST = 0.002
"""Halving may raise the loss by this share of it, the mean over the tasks: far below what another seed changes."""


@dataclass(frozen=True, eq=False)
class Release:
    """What became of a run: its ``predictor`` as it is in the file, what was ``measured`` on test, whether its weights
    were ``halved``, and what each choice was worth: ``gains`` by ``2 views``, ``4 views`` (each against the best with
    fewer) and ``half`` (relative change of the loss on validation; negative is better)."""

    predictor: Predictor
    measured: Measured
    halved: bool
    gains: dict[str, float]


def calibrated(predictor: Predictor, dataset: Dataset, *, progress: Progress = no_progress) -> Predictor:
    """The same model with intervals and confidences fitted on the data set's validation split.

    Raises ``MtlDemoError`` where the data set isn't the one that it was trained on.
    """
    check_data(predictor, dataset)
    raw = raw_answers(predictor, dataset, "val", progress)
    return predictor.with_usage(fitted(predictor, raw, truths(predictor, dataset, "val")))


def calibrate_beside(model_file: Path, dataset: Dataset, *, device: str = "cpu") -> None:
    """Calibrate a run's model on its own data set, and keep what is found beside it. Takes as long as one validation.

    Raises ``MtlDemoError`` where the model or the data set can't be used, or the disk refuses.
    """
    write_beside(calibrated(Predictor.load(model_file, device=device), dataset).usage, model_file)


def finish(
    predictor: Predictor,
    dataset: Dataset,
    *,
    crops: Mapping[str, Crop] | None = None,
    views: int | None = None,
    half: bool = True,
    progress: Progress = no_progress,
) -> Release:
    """Everything that is decided on validation, then one measurement on test.

    ``crops`` replaces how detectors' boxes are cut; ``views`` of each crop are asked (None: as many as lower the
    loss); ``half`` allows half precision. Raises ``MtlDemoError`` where the data set isn't the one that it was
    trained on.
    """
    check_data(predictor, dataset)
    usage = dataclasses.replace(predictor.usage, views=1)
    if crops:
        usage = dataclasses.replace(usage, crops={**usage.crops, **crops})
    truth, gains = truths(predictor, dataset, "val"), {}
    plain = predictor.with_usage(usage)
    best = raw_answers(plain, dataset, "val", progress)
    for count in VIEWS[1:] if views is None else (views,) if views > 1 else ():
        more = plain.with_usage(dataclasses.replace(usage, views=count))
        averaged = raw_answers(more, dataset, "val", progress)
        gains[f"{count} views"] = _change(plain, best, averaged, truth)
        if views or gains[f"{count} views"] < 0:
            plain, best = more, averaged
    halved = False
    if half:
        small = _halved(plain)
        # What is too large for half precision is infinite in it.
        with contextlib.suppress(UnsoundAnswersError):
            rounded = raw_answers(small, dataset, "val", progress)
            gains["half"] = _change(plain, best, rounded, truth)
            halved = gains["half"] <= NO_COST
            if halved:
                plain, best = small, rounded
    final = plain.with_usage(fitted(plain, best, truth))
    tested = raw_answers(final, dataset, "test", progress)
    measured = measure(final, tested, truths(final, dataset, "test"), "test")
    return Release(final, measured, halved, gains)


def write(shipped: Release, target: Path) -> None:
    """Write the model's file, whole or not at all. Raises ``MtlDemoError`` where the disk refuses."""
    predictor = shipped.predictor
    weights = predictor.network.state_dict()
    if shipped.halved:
        weights = {name: value.half() if _can_be_half(value) else value for name, value in weights.items()}
    save_model(target, weights, model_metadata(predictor, shipped.measured))


def model_metadata(predictor: Predictor, measured: Measured) -> dict[str, str]:
    """A model file's metadata: enough to use it and to train it again. Of paths only the names stay."""
    described: dict[str, Any] = {
        "config": to_dict(without_paths(predictor.config)),
        "mean": predictor.mean,
        "std": predictor.std,
        KEY: predictor.usage.to_json(),
        "test": {"images": measured.images, "metrics": measured.metrics},
    }
    origin = {key: value for key, value in predictor.facts.items() if key in ("format", "run", "dataset")}
    described[PICTURES] = predictor.domain.takes
    return origin | {key: value if isinstance(value, str) else strict_json(value) for key, value in described.items()}


def check_data(predictor: Predictor, dataset: Dataset) -> None:
    """Raise ``MtlDemoError`` unless the data set is split and prepared as when the model was trained: else what it was
    trained on might be among what it is measured on; and unless its labels mean what they meant then."""
    actual, wanted = (np.array(values) for values in ((dataset.mean, dataset.std), (predictor.mean, predictor.std)))
    if dataset.image_size != predictor.image_size or not np.allclose(actual, wanted, atol=1e-5):
        raise MtlDemoError(
            f"{dataset.name} isn't the data set that {predictor.name} was trained on (its training pictures have "
            "another mean colour), so its held-out pictures can't be told; name that one with --data."
        )
    for task in predictor.tasks:
        labelled = dataset.tasks.named(task.name)
        if (labelled.kind, labelled.classes) != (task.kind, task.classes):
            raise MtlDemoError(
                f"The labels of {task.title} in {dataset.name} aren't what {predictor.name} learned (their kind or "
                "classes have changed), so it can't be measured by them; read them as then, or train a new run."
            )


def raw_answers(
    predictor: Predictor, dataset: Dataset, split: str, progress: Progress = no_progress
) -> dict[str, RawAnswers]:
    """The model's answers to a split's pictures, before calibration."""
    rows, parts = dataset.indices(split), []
    for start in range(0, len(rows), BATCH):
        progress(f"Asking about the {split} pictures", start, len(rows))
        parts.append(predictor.raw(np.asarray(dataset.pixels[rows[start : start + BATCH]])))
    progress(f"Asking about the {split} pictures", len(rows), len(rows))
    return {
        task.name: RawAnswers(
            np.concatenate([part[task.name].values for part in parts]),
            np.concatenate([part[task.name].probabilities for part in parts]),
        )
        for task in predictor.tasks
    }


def truths(predictor: Predictor, dataset: Dataset, split: str) -> dict[str, Truth]:
    """What is known of a split's pictures by task."""
    rows = dataset.indices(split)
    return {
        task.name: Truth(dataset.labels(task.name, rows), dataset.present(task.name, rows)) for task in predictor.tasks
    }


def fitted(predictor: Predictor, raw: Mapping[str, RawAnswers], truth: Mapping[str, Truth]) -> Usage:
    """The model's usage with what calibration finds in its answers ``raw``."""
    intervals, confidences = {}, {}
    for task in predictor.tasks:
        answer, (target, present) = raw[task.name], truth[task.name]
        if task.kind == REGRESSION:
            intervals[task.name] = calibrate.fit_interval(task, answer.values, answer.probabilities, target, present)
        else:
            confidences[task.name] = calibrate.fit_confidence(answer.probabilities, target, present)
    return dataclasses.replace(
        predictor.usage,
        intervals={name: fitted for name, fitted in intervals.items() if fitted is not None},
        confidences={name: fitted for name, fitted in confidences.items() if fitted is not None},
    )


def _change(
    predictor: Predictor, before: Mapping[str, RawAnswers], after: Mapping[str, RawAnswers], truth: Mapping[str, Truth]
) -> float:
    """How much the loss changes, as a share of it, the mean over the tasks."""
    changes = []
    for task in predictor.tasks:
        first, second = (scoring.loss(task, raw[task.name], truth[task.name]) for raw in (before, after))
        if first > 0:
            changes.append(second / first - 1)
    return float(np.mean(changes)) if changes else 0.0


def _can_be_half(value: Any) -> bool:
    """Matrices and kernels. Vectors are next to nothing in size, and a batch norm's variance may be out of range."""
    return value.is_floating_point() and value.ndim > 1


def _halved(predictor: Predictor) -> Predictor:
    """The same model with its weights rounded to half precision."""
    import copy

    network = copy.deepcopy(predictor.network)
    rounded: Callable[[Any], Any] = lambda value: value.half().float() if _can_be_half(value) else value  # noqa: E731
    network.load_state_dict({name: rounded(value) for name, value in network.state_dict().items()})
    return Predictor(
        predictor.name,
        network,
        predictor.config,
        predictor.mean,
        predictor.std,
        predictor.usage,
        device=str(predictor.device),
        facts=predictor.facts,
    )
