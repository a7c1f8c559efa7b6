"""How good a network is on a held-out split, and the one number by which epochs are compared."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from mtldemo.data.batches import Batches
from mtldemo.model.heads import decode, task_loss
from mtldemo.model.sharing import Network
from mtldemo.tasks import Task, kind_of, metrics
from mtldemo.training.compute import ResolvedCompute


class Evaluation(NamedTuple):
    """``losses`` by task (scaled and smoothed as in training, the mean over the labelled pictures), ``metrics`` by task
    as in ``EpochRecord``, the number of ``images``, and how many are ``labelled`` by task. ``unsound`` names the tasks
    whose answers, to whichever picture, or whose loss are no finite numbers; their metrics are NaN."""

    losses: dict[str, float]
    metrics: dict[str, dict[str, Any]]
    images: int
    labelled: dict[str, int]
    unsound: tuple[str, ...]


def evaluate(
    model: Network,
    batches: Batches,
    tasks: Sequence[Task],
    *,
    compute: ResolvedCompute,
    scales: Mapping[str, float],
    smoothing: float,
) -> Evaluation:
    """Run ``model`` once over ``batches``, without changing its mode, weights or statistics."""
    sums, counts = dict.fromkeys((task.name for task in tasks), 0.0), dict.fromkeys((task.name for task in tasks), 0)
    guesses: dict[str, list[np.ndarray]] = {task.name: [] for task in tasks}
    targets: dict[str, list[np.ndarray]] = {task.name: [] for task in tasks}
    labelled: dict[str, list[np.ndarray]] = {task.name: [] for task in tasks}
    was_training, images = model.training, 0
    model.eval()
    try:
        with torch.inference_mode():
            for batch in batches.epoch(0):
                _, outputs = compute.run(model, batch.images)
                images += len(batch.images)
                for task in tasks:
                    output, target, present = (given[task.name] for given in (outputs, batch.targets, batch.present))
                    count = int(present.sum())
                    loss = task_loss(task, output, target, present, smoothing=smoothing)
                    sums[task.name] += scales.get(task.name, 1.0) * float(loss) * count
                    counts[task.name] += count
                    # What is made of an answer that is no number, such as the class 0, looks like one.
                    value = decode(task, output).value.float()
                    value = torch.where(output.isfinite().all(dim=1), value, torch.nan)
                    guesses[task.name].append(value.cpu().numpy())
                    targets[task.name].append(target.cpu().numpy())
                    labelled[task.name].append(present.cpu().numpy())
    finally:
        model.train(was_training)
    answers = {name: np.concatenate(parts) for name, parts in guesses.items()}
    return Evaluation(
        {name: sums[name] / counts[name] if counts[name] else math.nan for name in sums},
        {
            task.name: metrics.score(
                task, answers[task.name], np.concatenate(targets[task.name]), np.concatenate(labelled[task.name])
            )
            for task in tasks
        },
        images,
        counts,
        tuple(name for name in sums if not (math.isfinite(sums[name]) and np.isfinite(answers[name]).all())),
    )


def guessing_errors(tasks: Sequence[Task], labels: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The error that the best constant answer would have on the training ``labels`` [n] of each task, those that are
    there (see ``Kind.guessing_error``); 1 where that is zero."""
    return {task.name: kind_of(task).guessing_error(labels[task.name]) or 1.0 for task in tasks}


def epoch_score(
    tasks: Sequence[Task],
    results: Mapping[str, Mapping[str, Any]],
    guessing: Mapping[str, float],
    labelled: Mapping[str, int],
) -> float:
    """One number for an epoch; lower is better, whatever the losses, scales and weights are.

    The mean over the tasks of the key metric's error (the MAE, or one minus the accuracy) as a share of the error of
    guessing: 1 is no better than a constant answer, 0 is perfect. Tasks without a ``labelled`` picture are left out;
    NaN where all are, or where the error of one that counts is no finite number.
    """
    shares = []
    for task in tasks:
        if labelled[task.name]:
            error = task.measure.error(results[task.name][task.metric])
            shares.append(error / guessing[task.name] if math.isfinite(error) else math.nan)
    return sum(shares) / len(shares) if shares else math.nan
