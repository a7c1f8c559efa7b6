"""From one task to forty, of every kind and of any name: what a network and a step do holds for all of them."""

import copy
import dataclasses

import numpy as np
import pytest
import torch

from mtldemo import model as models
from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.data.batches import Batch, Batches
from mtldemo.model.heads import decode, output_size
from mtldemo.model.sharing import Network
from mtldemo.tasks import BINARY, CLASSES, REGRESSION, Task, TaskSet
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.engine import Engine
from mtldemo.training.evaluate import epoch_score, evaluate, guessing_errors
from mtldemo.training.start import training_labels
from mtldemo.weighting import build

COUNTS = (1, 2, 5, 40)
# Names that are also attributes of modules or of dictionaries.
CLASHING = ("keys", "items", "training", "forward", "values", "pop", "clear", "type", "_modules", "0", "update")
IMAGES = 40


def tasks_of(count: int) -> TaskSet:
    names = [*CLASHING, *(f"task_{index}" for index in range(len(CLASHING), count))][:count]
    made = []
    for index, name in enumerate(names):
        if index % 4 == 1:
            made.append(Task(name, name, BINARY, classes=("no", "yes")))
        elif index % 4 == 2:
            made.append(Task(name, name, CLASSES, classes=("a", "b", "c", "d")))
        else:
            loss = ("l1", "distribution", "mse", "huber")[index // 4 % 4] if index % 4 == 0 else "distribution"
            made.append(Task(name, name, REGRESSION, loss=loss, low=-40, high=-10, unit="degrees", bins=31))
    return TaskSet(made)


@dataclasses.dataclass(frozen=True)
class Mixed:
    """Noise, each task's labels in its own range; a third are missing, by ``NaN``."""

    tasks: TaskSet
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.25, 0.25, 0.25)

    @property
    def pixels(self) -> np.ndarray:
        return np.random.default_rng(0).integers(0, 256, (IMAGES, 16, 16, 3), dtype=np.uint8)

    def indices(self, split: str) -> np.ndarray:
        places = np.arange(IMAGES)
        return {"train": places[:24], "val": places[24:32], "test": places[32:]}[split]

    def labels(self, task_name: str, indices: np.ndarray) -> np.ndarray:
        task, draw = self.tasks.named(task_name), np.random.default_rng(self.tasks.names.index(task_name))
        regression = task.kind == REGRESSION
        values = draw.uniform(-40, -10, IMAGES) if regression else draw.integers(0, len(task.classes), IMAGES)
        return np.where(np.arange(IMAGES) % 3 == 0, np.nan, values)[indices]

    def present(self, task_name: str, indices: np.ndarray) -> np.ndarray:
        return indices % 3 != 0


def network_of(tasks: TaskSet, config: RunConfig) -> Network:
    torch.manual_seed(0)
    network = models.build(config.model, tasks, 16)
    data = Mixed(tasks)
    network.set_priors(training_labels(data, tasks))
    return network


def engine_of(tasks: TaskSet, config: RunConfig, compute: ResolvedCompute, strategy: str, place: str) -> Engine:
    weighting = WeightingConfig(strategy, gradients_at=place)  # type: ignore[arg-type]
    config = dataclasses.replace(config, weighting=weighting)
    return Engine(network_of(tasks, config), build(weighting, tasks), tasks, config, compute, total_steps=9)


def batches_of(tasks: TaskSet) -> list[Batch]:
    return list(Batches(Mixed(tasks), "train", tasks, 12).epoch(0))


@pytest.mark.parametrize("count", COUNTS)
def test_a_network_answers_for_every_task(count: int, config: RunConfig, compute: ResolvedCompute) -> None:
    tasks = tasks_of(count)
    network, data = network_of(tasks, config), Mixed(tasks)
    outputs = network.eval()(torch.randn(3, 3, 16, 16))
    assert list(outputs) == list(tasks.names)
    for task in tasks:
        assert outputs[task.name].shape == (3, output_size(task))
        assert decode(task, outputs[task.name]).value.shape == (3,)
    for copied in (copy.deepcopy(network), network_of(tasks, config)):
        copied.load_state_dict(network.state_dict())
        assert copied.train().training
        assert not copied.eval().training
        assert all(not module.training for module in copied.modules())
    owned = [parameter for task in tasks for parameter in network.own_parameters(task)]
    assert [id(parameter) for parameter in owned] == [id(parameter) for parameter in network.heads.parameters()]
    keys = {key for key in network.state_dict() if key.startswith("heads.")}
    assert keys >= {
        f"heads.{name}.{layer}.{part}" for name in tasks.names for layer in (1, 3) for part in ("weight", "bias")
    }
    labels = training_labels(data, tasks)
    found = evaluate(network, Batches(data, "val", tasks, 3), tasks, compute=compute, scales={}, smoothing=0.0)
    assert found.labelled == dict.fromkeys(tasks.names, 5)
    assert found.unsound == ()
    assert 0 < epoch_score(tasks, found.metrics, guessing_errors(tasks, labels), found.labelled) < 3


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    ("strategy", "place"), [("equal", "shared"), ("uncertainty", "shared"), ("pcgrad", "features")]
)
def test_a_step_moves_every_head_and_goes_on_to_the_bit_from_its_state(
    count: int, strategy: str, place: str, config: RunConfig, compute: ResolvedCompute
) -> None:
    tasks = tasks_of(count)
    first, second = batches_of(tasks)
    whole = engine_of(tasks, config, compute, strategy, place)
    before = {name: value.clone() for name, value in whole.model.named_parameters()}
    step = whole.step(first, 1, compare=True)
    assert list(step.losses) == list(tasks.names)
    assert len(step.cosines) == count * (count - 1) // 2
    moved = [name for name, value in whole.model.named_parameters() if not torch.equal(value, before[name])]
    assert {name.split(".")[1] for name in moved if name.startswith("heads.")} == set(tasks.names)
    resumed = engine_of(tasks, config, compute, strategy, place)
    resumed.load(copy.deepcopy(whole.state()))
    assert resumed.step(second, 2) == whole.step(second, 2)
    for one, other in zip(whole.model.state_dict().values(), resumed.model.state_dict().values(), strict=True):
        assert torch.equal(one, other)
