"""Where a run begins: at its first step, with the weights of another model, or at a checkpoint."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtldemo import model as models
from mtldemo import weighting
from mtldemo.config import RunConfig
from mtldemo.data.batches import Pictures
from mtldemo.errors import MtlDemoError
from mtldemo.model.initial import begin_with
from mtldemo.tasks import Task, TaskSet
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.engine import Engine
from mtldemo.training.state import Progress, restored


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
    state: dict[str, Any] | None,
) -> tuple[Engine, Progress, dict[str, Tensor] | None]:
    """The engine, how far it is, and the best weights so far, from a checkpoint's ``state`` or from the beginning.

    ``key`` is the data set's, ``labels`` are those of ``training_labels``. Raises ``MtlDemoError`` where the state, or
    the model to begin with, doesn't fit.
    """
    torch.manual_seed(config.seed)
    # Weights that are replaced at once, by a checkpoint's or a model's, need not be had.
    replaced = state is not None or config.model.init_from
    model = models.build(config.model.untrained() if replaced else config.model, tasks, config.data.image_size)
    if state is None:
        model.set_priors(labels)
        if config.model.init_from:
            begin_with(model, config.model)
    engine = Engine(model, weighting.build(config.weighting, tasks), tasks, config, compute, total)
    if state is None:
        return engine, Progress(), None
    return engine, *restored(engine, state, key)


def check_tasks(config: RunConfig, tasks: TaskSet) -> None:
    """Raises ``MtlDemoError`` where a learned task isn't, among the data set's ``tasks``, what it was when the run was
    made: another meaning of its labels can't be learned by the same head."""
    for task in config.learned_tasks():
        if tasks.named(task.name).with_loss(task.loss) != task:
            raise MtlDemoError(
                f"The data set's task {task.name} isn't what it was when this run was made (its kind, classes or range "
                "have changed); start a new run."
            )
