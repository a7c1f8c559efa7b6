"""The training loop: a generator of records and checkpoints, which knows no file and no display."""

import copy
import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from torch import Tensor

from mtldemo.config import RunConfig
from mtldemo.data.batches import Batches, Pictures, split_rows, steps_an_epoch
from mtldemo.errors import DivergedError
from mtldemo.records.lines import EpochRecord, GradientRecord, Record, StepRecord, TestRecord, ThreadRecord
from mtldemo.tasks import Task
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.divergence import NotFiniteError, diverged, unsound_answers, unsound_weights
from mtldemo.training.engine import Engine, Step
from mtldemo.training.evaluate import Evaluation, evaluate, guessing_errors, score
from mtldemo.training.overlap import ahead
from mtldemo.training.start import begin, training_labels
from mtldemo.training.state import packed
from mtldemo.training.threads import ThreadControl

MOST_STEPS = 10_000
"""A run keeps at most about this many step records, evenly spread, however long it is."""

WINDOW = 20
"""Steps over which ``images_per_second`` is a mean."""


class KeyedPictures(Pictures, Protocol):
    """What training needs of a data set: pictures, labels, and a ``key`` that changes with its content."""

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Checkpoint:
    """All that the run needs to go on from here.

    ``state`` holds tensors, numbers and texts only. Its tensors are the ones that training goes on to change, so save
    or copy it before asking for what comes next. ``best`` holds the best epoch's weights where they are new since the
    checkpoint before, and at the end; else None. ``reason`` says why it is here: an epoch is over, it is time, the run
    was told to stop (nothing follows), or all is done (nothing follows).
    """

    step: int
    epoch: int
    time: float
    state: dict[str, Any]
    best: dict[str, Tensor] | None
    reason: Literal["epoch", "time", "stop", "end"]


def length(config: RunConfig, dataset: KeyedPictures) -> tuple[int, int]:
    """How many optimizer steps and epochs a run has; the last epoch is a part of one where ``config.steps`` say so.

    No picture is read. Raises ``MtlDemoError`` where there are too few to train on.
    """
    return _length(config, steps_an_epoch(len(split_rows(dataset, "train")), config.batch_size, shuffle=True))


def _length(config: RunConfig, epoch_steps: int) -> tuple[int, int]:
    total = config.steps or config.epochs * epoch_steps
    return total, math.ceil(total / epoch_steps)


def never() -> bool:
    """Don't stop."""
    return False


def train(
    config: RunConfig,
    dataset: KeyedPictures,
    *,
    compute: ResolvedCompute,
    state: dict[str, Any] | None = None,
    stop: Callable[[], bool] = never,
) -> Iterator[Record | Checkpoint]:
    """Train as ``config`` says, from the beginning or from a checkpoint's ``state``, and yield what happens::

        for epoch in epochs:
            for batch in training batches:                  # from the middle, where the state is from there; fewer
                                                            # in the last epoch, where ``config.steps`` are over
                yield thread record                         # where other programs have become busy, or calm
                losses = loss_scales * task losses(model(batch))
                weights = strategy(losses or their gradients)
                step the optimizers, then the average of the weights
                yield step record                           # each stride-th, and the last
                yield gradient record                       # each gradients_every-th
                if stop(): yield checkpoint; return
                if the last checkpoint is old: yield checkpoint
            strategy.end_epoch()
            validate the averaged weights; keep them if all is finite and their score is the best yet
            yield epoch record
            if weights or answers aren't finite: raise DivergedError
            yield checkpoint
        test the best weights; raise DivergedError where an answer isn't finite
        yield test record
        yield checkpoint

    Resumed from any of its checkpoints with the same ``compute``, a run on the CPU goes on to records and weights that
    are bit by bit those of the uninterrupted run, times and speeds aside. ``stop`` is asked after each step.

    Raises ``MtlDemoError`` where the config doesn't fit the data set or the state doesn't fit both, and
    ``DivergedError`` where a loss, the gradient, the weights or the answers aren't finite any more.
    """
    compute.prepare()
    tasks = config.learned_tasks()
    training, validation = (_batches(config, dataset, split, compute) for split in ("train", "val"))
    total, epochs = _length(config, len(training))
    labels = training_labels(dataset, tasks)
    engine, progress, best = begin(config, dataset.key, labels, tasks, compute, total, state)
    guessing = guessing_errors(tasks, labels)
    clock, fresh_best, saved_step = _Clock(progress.time), False, progress.step
    control = ThreadControl(compute)

    def checkpoint(reason: Literal["epoch", "time", "stop", "end"]) -> Checkpoint:
        nonlocal saved_step
        progress.time, saved_step = clock.now(), progress.step
        new = best if fresh_best or reason == "end" else None
        return Checkpoint(
            progress.step, progress.epoch, progress.time, packed(engine, progress, best, dataset.key), new, reason
        )

    def judge(network: Any, batches: Batches) -> Evaluation:
        scales, smoothing = config.loss_scales, config.label_smoothing
        return evaluate(network, batches, tasks, compute=compute, scales=scales, smoothing=smoothing)

    def end_of(what: str, step: int, *, tested: bool = False) -> DivergedError:
        best_epoch = progress.best_epoch
        return diverged(what, step, config, compute, best_epoch=best_epoch, saved_step=saved_step, tested=tested)

    stride = math.ceil(total / MOST_STEPS)
    saved, speed = clock.now(), deque[tuple[int, float]](maxlen=WINDOW)
    while progress.epoch < epochs:
        lap = time.perf_counter()
        batches = itertools.islice(training.epoch(progress.epoch, progress.place), total - progress.step)
        for batch in ahead(batches, lambda: engine.overlaps):
            number = progress.step + 1
            if control.before(number):
                # Written down by whoever asks for what comes next, before it is computed.
                yield ThreadRecord(
                    kind="threads",
                    step=number,
                    epoch=progress.step / len(training),
                    time=clock.now(),
                    threads=control.threads,
                )
            engine.share_out(control.threads)
            every = config.gradients_every
            try:
                step = engine.step(batch, number, compare=every > 0 and number % every == 0)
            except NotFiniteError as error:
                raise end_of(error.what, error.step) from error
            seconds = time.perf_counter() - lap
            speed.append((len(batch.images), seconds))
            progress.count(step.losses, len(batch.images), seconds)
            fraction = number / len(training)
            if number % stride == 0 or number == total:
                yield _step_record(step, number, fraction, clock.now(), speed)
            if step.norms:
                yield GradientRecord(
                    kind="gradients",
                    step=number,
                    epoch=fraction,
                    time=clock.now(),
                    norms=step.norms,
                    cosines=step.cosines,
                )
            if stop():
                yield checkpoint("stop")
                return
            if clock.now() - saved >= config.checkpoint_every:
                yield checkpoint("time")
                saved = clock.now()
            lap = time.perf_counter()
        engine.runner.end_epoch()
        found = judge(engine.evaluated, validation)
        progress.epoch += 1
        value, lost = score(tasks, found.metrics, guessing, found.labelled), unsound_weights(engine.evaluated)
        better = best is None or value < progress.best_score or math.isnan(progress.best_score)
        fresh_best = better and not (lost or found.unsound)
        if fresh_best:
            best = {name: tensor.detach().clone() for name, tensor in engine.evaluated.state_dict().items()}
            progress.best_score, progress.best_epoch = value, progress.epoch
        record = EpochRecord(
            kind="epoch",
            step=progress.step,
            epoch=progress.epoch,
            time=clock.now(),
            train_losses={name: total_loss / progress.place for name, total_loss in progress.sums.items()},
            val_losses=found.losses,
            metrics=found.metrics,
            learned=_learned(engine, tasks),
            score=value,
            best=fresh_best,
        )
        if found.unsound:
            record["unsound"] = list(found.unsound)
        yield record
        if lost or found.unsound:
            raise end_of(lost or unsound_answers(found.unsound, "validation"), progress.step)
        progress.place, progress.sums = 0, {}
        yield checkpoint("epoch")
        saved, fresh_best = clock.now(), False
    if progress.tested:
        return
    if best is None:
        raise end_of("The best weights are no finite numbers", progress.step)
    network = copy.deepcopy(engine.model)
    network.load_state_dict(best)
    found = judge(network, _batches(config, dataset, "test", compute))
    if found.unsound:
        raise end_of(unsound_answers(found.unsound, "test"), progress.step, tested=True)
    progress.tested = True
    yield TestRecord(
        kind="test",
        step=progress.step,
        epoch=progress.epoch,
        time=clock.now(),
        losses=found.losses,
        metrics=found.metrics,
        images=found.images,
        best_epoch=progress.best_epoch,
        images_per_second=progress.images / max(progress.busy, 1e-9),
    )
    yield checkpoint("end")


class _Clock:
    """Seconds of training, those before a resume included."""

    def __init__(self, before: float) -> None:
        self._zero = time.perf_counter() - before

    def now(self) -> float:
        return time.perf_counter() - self._zero


def _batches(config: RunConfig, dataset: KeyedPictures, split: str, compute: ResolvedCompute) -> Batches:
    return Batches(
        dataset,
        split,
        config.learned_tasks(),
        config.batch_size,
        seed=config.seed,
        augment=config.augment if split == "train" else None,
        device=compute.device,
        channels_last=compute.channels_last,
    )


def _step_record(step: Step, number: int, epoch: float, now: float, speed: deque[tuple[int, float]]) -> StepRecord:
    return StepRecord(
        kind="step",
        step=number,
        epoch=epoch,
        time=now,
        lr=step.lr,
        images_per_second=sum(images for images, _ in speed) / max(sum(seconds for _, seconds in speed), 1e-9),
        losses=step.losses,
        weights=step.weights,
        objective=step.objective,
        gradient_norm=step.gradient_norm,
    )


def _learned(engine: Engine, tasks: Sequence[Task]) -> dict[str, dict[str, float]]:
    names = [task.name for task in tasks]
    return {what: dict(zip(names, values.tolist(), strict=True)) for what, values in engine.strategy.learned().items()}
