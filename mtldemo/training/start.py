"""Where a run begins: at its first step, with the weights of another model, or at a checkpoint."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from mtldemo import model as models
from mtldemo import weighting
from mtldemo.config import RunConfig
from mtldemo.data.batches import Pictures
from mtldemo.errors import MtlDemoError
from mtldemo.model.initial import backbone_weights, begin_heads
from mtldemo.tasks import Task, TaskSet
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.engine import Engine
from mtldemo.training.state import TrainState, restored


def training_labels(dataset: Pictures, tasks: Sequence[Task]) -> dict[str, np.ndarray]:
    """The labels [n] of the training pictures that have one, by task. Raises ``MtlDemoError`` where none has."""
    rows, labels = dataset.indices("train"), {}
    for task in tasks:
        labels[task.name] = dataset.labels(task.name, rows)[dataset.present(task.name, rows)]
        if not len(labels[task.name]):
            raise MtlDemoError(f"No training picture has a label for {task.name}; leave that task out.")
    return labels


def begin(
    config: RunConfig,
    key: str,
    labels: dict[str, np.ndarray],
    tasks: Sequence[Task],
    compute: ResolvedCompute,
    total: int,
    packed: dict[str, Any] | None,
) -> TrainState:
    """The state to train on from: a checkpoint's, from its values ``packed``, or that before the first step.

    ``key`` is the data set's, ``labels`` are those of ``training_labels``. Raises ``MtlDemoError`` where the
    checkpoint, or the model to begin with, doesn't fit.
    """
    torch.manual_seed(config.seed)
    # Weights that are replaced at once, by a checkpoint's or a model's, need not be had.
    replaced = packed is not None or config.model.init_from
    fine_tuned = packed is None and bool(config.model.init_from)
    model = models.build(
        config.model.untrained() if replaced else config.model,
        tasks,
        config.data.image_size,
        config.sharing,
        backbone_weights(config.model) if fine_tuned else None,
    )
    if packed is None:
        model.set_priors(labels)
    if fine_tuned:
        begin_heads(model, config.model)
    engine = Engine(model, weighting.build(config.weighting, tasks), tasks, config, compute, total)
    if packed is None:
        return TrainState(engine, key)
    return restored(engine, packed, key)


def check_tasks(config: RunConfig, tasks: TaskSet) -> None:
    """Raises ``MtlDemoError`` where a learned task isn't, among the data set's ``tasks``, what it was when the run was
    made: another meaning of its labels can't be learned by the same head."""
    for task in config.learned_tasks():
        if tasks.named(task.name).with_loss(task.loss) != task:
            raise MtlDemoError(
                f"The data set's task {task.name} isn't what it was when this run was made (its kind, classes or range "
                "have changed); start a new run."
            )
