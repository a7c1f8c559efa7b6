"""What a way of sharing costs, and what is said of it."""

import pytest
import torch

from mtldemo import model as models
from mtldemo.config import ModelConfig, SharingConfig
from mtldemo.model.cost import network_cost, relative_cost
from mtldemo.model.sharing import SHARINGS
from mtldemo.model.sharing_words import describe, sharing_name, sharing_title
from mtldemo.tasks import Task

SIZE = 32
MODEL = ModelConfig(head_hidden=8)
TASKS = tuple(Task(name, name, kind="binary", classes=("no", "yes")) for name in ("one", "two", "three"))


@pytest.mark.parametrize("name", [way.name for way in SHARINGS])
def test_every_parameter_is_counted_once(name: str) -> None:
    before = torch.get_rng_state()
    cost = network_cost(MODEL, SIZE, SharingConfig(name), TASKS)
    assert torch.equal(before, torch.get_rng_state())
    network = models.build(MODEL, TASKS, SIZE, SharingConfig(name))
    assert cost.parameters == sum(parameter.numel() for parameter in network.parameters())
    assert cost.shared == sum(parameter.numel() for parameter in network.shared_parameters())
    assert cost.memory == sum(parameter.nbytes for parameter in network.parameters())
    parameters, multiply_adds = relative_cost(MODEL, SIZE, SharingConfig(name), TASKS)
    assert (parameters == multiply_adds == 1) if name == "hard" else (parameters > 1 and multiply_adds > 1)


def test_multiply_adds_are_those_of_the_layers() -> None:
    one = network_cost(MODEL, SIZE, tasks=TASKS[:1])
    # A head: 256 features to 8 hidden units to one number.
    both = network_cost(MODEL, SIZE, tasks=TASKS[:2])
    assert both.multiply_adds - one.multiply_adds == 256 * 8 + 8
    assert network_cost(MODEL, SIZE, SharingConfig("single"), TASKS).multiply_adds == 3 * one.multiply_adds


def test_what_is_usual_is_not_said() -> None:
    assert [way["name"] for way in describe()] == [way.name for way in SHARINGS]
    assert sharing_title(SharingConfig()) == sharing_name(SharingConfig("hard", {"split": "pool"})) == ""
    assert sharing_title(SharingConfig("mtan")) == "MTAN"
    assert sharing_title(SharingConfig("hard", {"split": "stage3"})) == "Hard sharing, split stage3"
    assert sharing_name(SharingConfig("mmoe", {"experts": 4, "split": ""})) == "mmoe-experts=4"
    assert sharing_title(SharingConfig("gone", {"x": 1})) == "gone, x 1"
