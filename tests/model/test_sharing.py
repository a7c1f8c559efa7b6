"""The contract of a way of sharing, over all of them."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mtldemo import model as models
from mtldemo.config import ModelConfig, SharingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model import BACKBONES, Backbone
from mtldemo.model.sharing import SHARINGS, Network, sharing_named
from mtldemo.tasks import Task, TaskSet

AGE = Task("age", "Age", kind="regression", low=0, high=100, unit="years")
CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    *((sharing.name, {}) for sharing in SHARINGS),
    ("hard", {"split": "stem"}),
    ("hard", {"split": "4"}),
    ("mmoe", {"experts": 2, "split": "none"}),
    ("cgc", {"shared": 2, "own": 2}),
    ("ple", {"levels": 3}),
)
SIZE = 32


def tasks_of(count: int) -> TaskSet:
    """A number, and binary tasks."""
    binary = (
        Task(f"trait_{number}", f"Trait {number}", kind="binary", classes=("no", "yes")) for number in range(count)
    )
    return TaskSet([AGE, *binary][:count])


def network_of(name: str, options: dict[str, Any], tasks: TaskSet | None = None, **model: Any) -> Network:
    torch.manual_seed(0)
    config = ModelConfig(**{"head_hidden": 8, **model})
    return models.build(config, tasks or tasks_of(3), SIZE, SharingConfig(name, options))


def losses_of(network: Network, images: Tensor) -> tuple[list[Tensor], tuple[Tensor, ...]]:
    """Each task's loss, and where the gradients meet."""
    representation = network.represent(images)
    outputs = network.predict_from(representation)
    return [output.square().mean() for output in outputs.values()], representation.distinct


@pytest.fixture
def images() -> Tensor:
    return torch.randn(4, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_parameter_is_shared_or_one_tasks_own(name: str, options: dict[str, Any], images: Tensor) -> None:
    network = network_of(name, options)
    named = dict(network.named_parameters())
    owners = {id(parameter): task.name for task in network.tasks for parameter in network.own_parameters(task)}
    assert len(owners) == sum(len(list(network.own_parameters(task))) for task in network.tasks)
    shared = {id(parameter) for parameter in network.shared_parameters()}
    assert shared.isdisjoint(owners)
    assert shared | owners.keys() == {id(parameter) for parameter in named.values()}
    losses, distinct = losses_of(network, images)
    reached: dict[str, set[str]] = {each: set() for each in named}
    for task, loss in zip(network.tasks, losses, strict=True):
        gradients = torch.autograd.grad(loss, list(named.values()), retain_graph=True, allow_unused=True)
        for each, gradient in zip(named, gradients, strict=True):
            if gradient is not None and gradient.any():
                reached[each].add(task.name)
    for each, parameter in named.items():
        if id(parameter) in owners:
            assert reached[each] <= {owners[id(parameter)]}, each
        else:
            assert len(reached[each]) > 1, each
    assert bool(distinct) == bool(network.places)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_way_to_a_loss_leads_through_one_meeting_tensor_once(
    name: str, options: dict[str, Any], images: Tensor
) -> None:
    network = network_of(name, options)
    losses, distinct = losses_of(network, images)
    behind = {id(parameter) for parameter in network.meeting_parameters()}
    shared = [parameter for parameter in network.shared_parameters() if id(parameter) not in behind]
    for loss in losses if distinct else []:
        wanted = torch.autograd.grad(loss, shared, retain_graph=True, allow_unused=True, materialize_grads=True)
        arriving = torch.autograd.grad(loss, distinct, retain_graph=True, allow_unused=True, materialize_grads=True)
        found = torch.autograd.grad(
            distinct, shared, arriving, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        for one, two in zip(found, wanted, strict=True):
            torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5 * float(two.abs().max() + 1))


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize(("name", "options"), CASES[: len(SHARINGS)])
def test_one_task_and_twelve_are_no_trouble(name: str, options: dict[str, Any], count: int) -> None:
    network = network_of(name, options, tasks_of(count), backbone="squeezenet1_1")
    outputs = network(torch.randn(2, 3, SIZE, SIZE))
    assert list(outputs) == [task.name for task in network.tasks]
    assert all(output.isfinite().all() and output.dtype == torch.float32 for output in outputs.values())
    network.set_priors({"age": np.array([20.0, 40.0])})


@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_state_comes_back_whole(name: str, options: dict[str, Any], images: Tensor) -> None:
    network, other = network_of(name, options).eval(), network_of(name, options, dropout=0.0).eval()
    for parameter in other.parameters():
        parameter.data.zero_()
    other.load_state_dict(network.state_dict())
    assert all(torch.equal(one, two) for one, two in zip(network(images).values(), other(images).values(), strict=True))
    assert torch.equal(copy.deepcopy(network)(images)["age"], network(images)["age"])


@pytest.mark.parametrize("backbone", BACKBONES, ids=lambda backbone: backbone.name)
def test_every_backbone_is_shared_in_every_way(backbone: Backbone) -> None:
    tasks, images = tasks_of(2), torch.randn(2, 3, SIZE, SIZE)
    small = backbone.parameters < 5
    for sharing in SHARINGS if small else (sharing_named("hard"), sharing_named("mtan")):
        network = network_of(
            sharing.name, {"split": "1"} if sharing.name == "hard" else {}, tasks, backbone=backbone.name
        )
        with torch.autocast("cpu", torch.bfloat16):
            outputs = network(images)
        assert all(output.isfinite().all() for output in outputs.values())


def features_of(network: Network, images: Tensor) -> list[Tensor]:
    return list(network.eval().represent(images).features.values())


def same(one: list[Tensor], two: list[Tensor]) -> bool:
    return all(torch.allclose(first, second, rtol=1e-4, atol=1e-5) for first, second in zip(one, two, strict=True))


def test_what_shares_nothing_is_single_task_networks(images: Tensor) -> None:
    single = features_of(network_of("single", {}), images)
    stitched = network_of("cross_stitch", {"keep": 1.0})
    assert same(features_of(stitched, images), single)
    soft = network_of("soft", {"strength": 0.0})
    assert same(features_of(soft, images), single)
    assert soft.penalty() is None


def test_one_expert_is_hard_sharing(images: Tensor) -> None:
    hard = features_of(network_of("hard", {}), images)
    assert same(features_of(network_of("mmoe", {"experts": 1}), images), hard)
    assert same(features_of(network_of("hard", {"split": "stage4"}), images), hard)


def test_a_stitch_unit_mixes_as_its_numbers_say() -> None:
    from mtldemo.model.sharing.units import StitchUnit

    unit = StitchUnit(3, 0.8)
    assert unit.alpha().tolist() == pytest.approx(np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]))
    maps = [torch.full((1, 2, 2, 2), value) for value in (1.0, 10.0, 100.0)]
    assert [float(mixed.mean()) for mixed in unit(maps)] == pytest.approx([11.8, 18.1, 81.1])


def test_a_mixture_is_the_sum_of_shares() -> None:
    from mtldemo.model.sharing.units import mixture

    shares = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
    experts = [torch.tensor([[4.0], [8.0]]), torch.tensor([[8.0], [0.0]])]
    assert mixture(shares, experts).tolist() == [[7.0], [8.0]]


def test_the_pull_of_soft_sharing_is_lambda_times_the_squared_distances() -> None:
    network = network_of("soft", {"strength": 0.5}, tasks_of(2))
    assert float(network.penalty()) == 0  # type: ignore[arg-type]
    one, two = (network.trunks[task.name][0][0].weight for task in network.tasks)
    one.data[0, 0, 0, 0] += 2.0
    penalty = network.penalty()
    assert penalty is not None
    # The mean is 1 away from both: 0.5 x (1 + 1).
    assert float(penalty) == pytest.approx(1.0)
    penalty.backward()
    assert float(one.grad[0, 0, 0, 0]) == pytest.approx(1.0)
    assert float(two.grad[0, 0, 0, 0]) == pytest.approx(-1.0)
    (learned,) = network.learned().values()
    assert learned.columns == ("stem", "stage1", "stage2", "stage3", "stage4")
    assert learned.values[:, 0].tolist() == pytest.approx([learned.values[0, 0].item()] * 2)
    assert not learned.values[:, 1:].any()


def test_what_an_attention_module_masks_lies_between_nothing_and_all(images: Tensor) -> None:
    network = network_of("mtan", {}).eval()
    mask = network.masks[0]["age"]
    read, maps = torch.randn(2, 32, 4, 4), torch.randn(2, 32, 4, 4)
    ratio = mask(read, maps) / maps
    assert float(ratio.min()) >= 0
    assert float(ratio.max()) <= 1


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("nothing", {}, "There is no way of sharing 'nothing'; choose from hard, soft,"),
        (
            "hard",
            {"split": "layer9"},
            "ResNet-18 for small images can't be split at 'layer9'; choose from stem, stage1",
        ),
        ("mmoe", {"split": "pool"}, "can't be split at 'pool'; choose from none, stem"),
        ("ple", {"levels": 6}, "has 5 stages behind its split point, too few for 6 levels"),
        ("soft", {"strength": -1}, "strength: expected 0 to 100, found -1"),
        ("mtan", {"heads": 3}, "heads"),
    ],
)
def test_what_cannot_be_had_is_refused_in_words(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(MtlDemoError, match=words):
        network_of(name, options)
