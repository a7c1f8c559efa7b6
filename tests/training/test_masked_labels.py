"""No task is trained or judged on pictures without its label, whatever stands for it, by any strategy at any place."""

import dataclasses
from collections.abc import Collection

import numpy as np
import pytest
import torch

from mtldemo.config import RunConfig
from mtldemo.data.batches import Batch, Batches
from mtldemo.tasks import REGRESSION, TaskSet
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.evaluate import evaluate
from mtldemo.training.start import training_labels
from mtldemo.weighting import STRATEGIES
from mtldemo.weighting.base import GradientMerge, Strategy
from mtldemo.weighting.costs import kind, places
from tests.training.test_many_tasks import IMAGES, Mixed, batches_of, engine_of, network_of, tasks_of

EVERYWHERE = [(strategy, place) for strategy in STRATEGIES for place in places(strategy) or ("shared",)]
WAYS = list({(kind(strategy), strategy.needs): strategy for strategy in STRATEGIES}.values())
"""One strategy for each way of being handed losses, gradients, measures and losses after the step."""
TASKS = tasks_of(4)


def masked(batch: Batch, names: Collection[str], stand_in: float) -> Batch:
    """The batch without a label of the tasks ``names``; whatever isn't a label is ``stand_in``."""
    present = {name: mask & (name not in names) for name, mask in batch.present.items()}
    targets = {
        name: torch.where(present[name], target, torch.tensor(stand_in).to(target.dtype))
        for name, target in batch.targets.items()
    }
    return dataclasses.replace(batch, present=present, targets=targets)


@pytest.mark.parametrize(
    ("strategy", "place"), EVERYWHERE, ids=[f"{strategy.name}-{place}" for strategy, place in EVERYWHERE]
)
def test_batches_without_a_label_of_a_task_or_of_any_are_no_trouble(
    strategy: type[Strategy], place: str, config: RunConfig, compute: ResolvedCompute
) -> None:
    first, second = batches_of(TASKS)
    engine = engine_of(TASKS, config, compute, strategy.name, place)
    engine.step(masked(first, TASKS.names, -3.0), 1)
    step = engine.step(masked(second, ["items"], 7.0), 2)
    assert set(step.losses) == set(TASKS.names)
    gradients = [parameter.grad for parameter in engine.model.heads["items"].parameters()]
    assert all(gradient is None or not gradient.any() for gradient in gradients)
    engine.step(masked(first, TASKS.names, -3.0), 3)
    # A merge may remember the shared gradients of the steps before.
    remembers = issubclass(strategy, GradientMerge)
    parameters = engine.model.heads.parameters() if remembers else engine.model.parameters()
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in parameters)
    engine.step(second, 4)
    assert all(bool(value.isfinite().all()) for value in engine.model.state_dict().values())


@pytest.mark.parametrize("strategy", WAYS, ids=lambda strategy: strategy.name)
def test_what_stands_for_a_missing_label_changes_no_step(
    strategy: type[Strategy], config: RunConfig, compute: ResolvedCompute
) -> None:
    first, second = batches_of(TASKS)
    one, other = (engine_of(TASKS, config, compute, strategy.name, "shared") for _ in range(2))
    for number, (batch, names) in enumerate(((first, ()), (second, ("items",))), start=1):
        assert one.step(masked(batch, names, 0.0), number) == other.step(masked(batch, names, -25.0), number)
    for name, value in one.model.state_dict().items():
        assert torch.equal(value, other.model.state_dict()[name]), name


@dataclasses.dataclass(frozen=True)
class StandingIn(Mixed):
    """``Mixed`` with another number in place of each missing label."""

    stand_in: float = 0.0

    def labels(self, task_name: str, indices: np.ndarray) -> np.ndarray:
        values = super().labels(task_name, indices)
        return np.where(np.isnan(values), self.stand_in, values)


def test_tasks_are_judged_and_begin_by_their_labels_alone(config: RunConfig, compute: ResolvedCompute) -> None:
    tasks = tasks_of(8)
    network = network_of(tasks, config)

    def judged(data: Mixed, of: TaskSet = tasks) -> tuple[object, ...]:
        found = evaluate(network, Batches(data, "val", of, 3), of, compute=compute, scales={}, smoothing=0.1)
        return found.losses, found.metrics, found.labelled

    alone = judged(Mixed(tasks))
    for stand_in in (0.0, -25.0, 2.0):
        np.testing.assert_equal(judged(StandingIn(tasks, stand_in=stand_in)), alone)
        np.testing.assert_equal(
            training_labels(StandingIn(tasks, stand_in=stand_in), tasks), training_labels(Mixed(tasks), tasks)
        )


def test_a_negative_number_is_a_label_with_a_loss(config: RunConfig, compute: ResolvedCompute) -> None:
    tasks = tasks_of(8)
    numbers = [task for task in tasks if task.kind == REGRESSION]
    # Of every third picture a label is missing; all others lie between -40 and -10.
    rows = np.arange(IMAGES)
    for task in numbers:
        labels = training_labels(Mixed(tasks), tasks)[task.name]
        assert len(labels) == np.count_nonzero(Mixed(tasks).indices("train") % 3)
        assert labels.max() < 0
        assert Mixed(tasks).present(task.name, rows).sum() == np.count_nonzero(rows % 3)
    found = evaluate(
        network_of(tasks, config),
        Batches(Mixed(tasks), "val", tasks, 3),
        tasks,
        compute=compute,
        scales={},
        smoothing=0.0,
    )
    assert found.labelled == dict.fromkeys(tasks.names, 5)
    for task in numbers:
        assert found.losses[task.name] > 0
        assert 0 < found.metrics[task.name]["mae"] <= task.high - task.low
