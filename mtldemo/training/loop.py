"""The training loop: a generator of records and checkpoints, which knows no file and no display."""

import copy
import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from mtldemo.config import RunConfig
from mtldemo.data.batches import Batches, Pictures, split_rows, steps_an_epoch
from mtldemo.errors import DivergedError
from mtldemo.records.lines import EpochRecord, GradientRecord, Record, StepRecord, TestRecord, ThreadRecord
from mtldemo.tasks import Task
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.divergence import NotFiniteError, diverged, unsound_answers, unsound_weights
from mtldemo.training.engine import Engine, Step
from mtldemo.training.evaluate import Evaluation, epoch_score, evaluate, guessing_errors
from mtldemo.training.overlap import ahead
from mtldemo.training.start import begin, training_labels
from mtldemo.training.state import Checkpoint
from mtldemo.training.threads import ThreadControl

MOST_STEPS = 10_000
"""A run keeps at most about this many step records, evenly spread, however long it is."""

WINDOW = 20
"""Steps over which ``images_per_second`` is a mean."""


class KeyedPictures(Pictures, Protocol):
    """What training needs of a data set: pictures, labels, and a ``key`` that changes with its content."""

    @property
    def key(self) -> str: ...


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
    current = begin(config, dataset.key, labels, tasks, compute, total, state)
    engine, guessing = current.engine, guessing_errors(tasks, labels)
    clock, control = _Clock(current.time), ThreadControl(compute)

    def judge(network: Any, batches: Batches) -> Evaluation:
        scales, smoothing = config.loss_scales, config.label_smoothing
        return evaluate(network, batches, tasks, compute=compute, scales=scales, smoothing=smoothing)

    def end_of(what: str, step: int, *, tested: bool = False) -> DivergedError:
        best, saved = current.best_epoch, current.saved_step
        return diverged(what, step, config, compute, best_epoch=best, saved_step=saved, tested=tested)

    stride = math.ceil(total / MOST_STEPS)
    saved_at, speed = clock.now(), deque[tuple[int, float]](maxlen=WINDOW)
    while current.epoch < epochs:
        lap = time.perf_counter()
        batches = itertools.islice(training.epoch(current.epoch, current.epoch_step), total - current.step)
        for batch in ahead(batches, lambda: engine.overlaps):
            number = current.step + 1
            if control.before(number):
                # Written down by whoever asks for what comes next, before it is computed.
                yield ThreadRecord(
                    kind="threads",
                    step=number,
                    epoch=current.step / len(training),
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
            current.end_step(step.losses, len(batch.images), seconds)
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
                yield current.checkpoint("stop", clock.now())
                return
            if clock.now() - saved_at >= config.checkpoint_every:
                yield current.checkpoint("time", clock.now())
                saved_at = clock.now()
            lap = time.perf_counter()
        engine.runner.end_epoch()
        evaluation, lost = judge(engine.evaluated, validation), unsound_weights(engine.evaluated)
        value = epoch_score(tasks, evaluation.metrics, guessing, evaluation.labelled)
        current.end_epoch(value, sound=not (lost or evaluation.unsound))
        record = EpochRecord(
            kind="epoch",
            step=current.step,
            epoch=current.epoch,
            time=clock.now(),
            train_losses=current.train_losses(),
            val_losses=evaluation.losses,
            metrics=evaluation.metrics,
            learned=_learned(engine, tasks),
            score=value,
            best=current.best_is_new,
        )
        if shared := {name: learned.by_task(tasks) for name, learned in engine.model.learned().items()}:
            record["sharing"] = shared
        if evaluation.unsound:
            record["unsound"] = list(evaluation.unsound)
        yield record
        if lost or evaluation.unsound:
            raise end_of(lost or unsound_answers(evaluation.unsound, "validation"), current.step)
        current.begin_epoch()
        yield current.checkpoint("epoch", clock.now())
        saved_at = clock.now()
    if current.tested:
        return
    if current.best is None:
        raise end_of("The best weights are no finite numbers", current.step)
    network = copy.deepcopy(engine.model)
    network.load_state_dict(current.best)
    evaluation = judge(network, _batches(config, dataset, "test", compute))
    if evaluation.unsound:
        raise end_of(unsound_answers(evaluation.unsound, "test"), current.step, tested=True)
    current.tested = True
    yield TestRecord(
        kind="test",
        step=current.step,
        epoch=current.epoch,
        time=clock.now(),
        losses=evaluation.losses,
        metrics=evaluation.metrics,
        images=evaluation.images,
        best_epoch=current.best_epoch,
        images_per_second=current.images / max(current.busy, 1e-9),
    )
    yield current.checkpoint("end", clock.now())


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
