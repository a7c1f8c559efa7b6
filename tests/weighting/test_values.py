"""One value worked out by hand for each strategy, and what their learned numbers settle at."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from mtldemo.config import WeightingConfig
from mtldemo.tasks import TASKS, tasks_named
from mtldemo.weighting import STRATEGIES, build


class Value(NamedTuple):
    """A strategy in a given state, and what it makes of the losses 2, 3, 4 of age, gender and ethnicity."""

    strategy: str
    options: dict[str, Any]
    state: Mapping[str, Any]
    weights: list[float]
    objective: float


VALUES = [
    # 2 + 3 + 4.
    Value("equal", {}, {}, [1, 1, 1], 9),
    # 0.5 x 2 + 3 + 0 x 4; gender is left out, so it has 1.
    Value("fixed", {"weights": {"age": 0.5, "ethnicity": 0}}, {}, [0.5, 1, 0], 4),
    # sigma^2 = 4, 1, 2. Age is a regression: 1/(2 x 4); the others 1/1 and 1/2. The weighted losses are
    # 0.25 + 3 + 2 = 5.25, the penalty is (ln 4 + ln 1 + ln 2) / 2 = ln(8) / 2.
    Value(
        "uncertainty",
        {},
        {"log_variance": [math.log(4), 0, math.log(2)]},
        [0.125, 1, 0.5],
        5.25 + math.log(8) / 2,
    ),
    # The same with 1/2 for all: 0.25 + 1.5 + 1 = 2.75.
    Value(
        "uncertainty",
        {"form": "half"},
        {"log_variance": [math.log(4), 0, math.log(2)]},
        [0.125, 0.5, 0.25],
        2.75 + math.log(8) / 2,
    ),
    # p^2 = 1, 4, 1/4: weights 1/2, 1/8, 2 give 1 + 0.375 + 8; the penalty is ln 2 + ln 5 + ln 1.25 = ln 12.5.
    Value("awl", {}, {"scale": [1, 2, -0.5]}, [0.5, 0.125, 2], 9.375 + math.log(12.5)),
    # Ratios 2/4, 1/1, 2/2 over T = 2 give the exponents 1/4, 1/2, 1/2. Divided by e^0.25 = 1.284025, the softmax is
    # 1, e^0.25, e^0.25 over 1 + 2 e^0.25 = 3.568051; times K = 3: 0.840795, 1.079602, 1.079602.
    # The objective is 0.840795 x 2 + 1.079602 x (3 + 4) = 9.238807.
    Value(
        "dwa",
        {},
        {"means": [[4, 1, 2], [2, 1, 2]], "epochs": 2},
        [0.840795, 1.079602, 1.079602],
        9.238807,
    ),
    # With T = 0.5 the exponents are 1, 2, 2: 3 / (1 + 2 e) = 0.466087 and 3 e / (1 + 2 e) = 1.266957, which give
    # 0.466087 x 2 + 1.266957 x 7 = 9.800871.
    Value(
        "dwa",
        {"temperature": 0.5},
        {"means": [[4, 1, 2], [2, 1, 2]], "epochs": 2},
        [0.466087, 1.266957, 1.266957],
        9.800871,
    ),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.strategy)
def test_a_value_worked_out_by_hand(value: Value) -> None:
    strategy = build(WeightingConfig(value.strategy, value.options), TASKS)
    state = strategy.state_dict()
    for name, numbers in value.state.items():
        state[name] = torch.tensor(numbers, dtype=state[name].dtype)
    strategy.load_state_dict(state)
    objective, weights = strategy(torch.tensor([2.0, 3.0, 4.0]))
    torch.testing.assert_close(weights, torch.tensor(value.weights, dtype=torch.float32), rtol=1e-5, atol=1e-6)
    assert objective.item() == pytest.approx(value.objective, rel=1e-5)


def test_every_strategy_has_a_value() -> None:
    assert {value.strategy for value in VALUES} == {strategy.name for strategy in STRATEGIES}


def settled(strategy: str, losses: Tensor, **options: Any) -> dict[str, Tensor]:
    """What ``strategy`` has learned once its own parameters fit constant ``losses`` [3]."""
    weigh = build(WeightingConfig(strategy, options), TASKS)
    optimizer = torch.optim.Adam(weigh.parameters(), lr=0.1)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 400)
    for _ in range(400):
        optimizer.zero_grad()
        weigh(losses)[0].backward()
        optimizer.step()
        rate.step()
    return weigh.learned()


@pytest.mark.parametrize(("form", "classification"), [("by_task", 2.0), ("half", 1.0)])
def test_sigma_squared_settles_at_the_loss(form: str, classification: float) -> None:
    losses = torch.tensor([16.0, 0.3, 1.1])
    sigma = settled("uncertainty", losses, form=form)["sigma"]
    torch.testing.assert_close(
        sigma.square(), losses * torch.tensor([1, classification, classification]), rtol=1e-3, atol=0
    )


def test_sigma_is_the_noise_of_a_squared_loss() -> None:
    noise = 4.0 * torch.randn(20_000, generator=torch.Generator().manual_seed(0))
    sigma = settled("uncertainty", noise.square().mean().repeat(3))["sigma"]
    assert sigma[0].item() == pytest.approx(4.0, rel=0.02)


def test_awl_settles_where_its_docstring_says() -> None:
    losses = torch.tensor([16.0, 0.3, 1.1])
    expected = (losses + (losses.square() + 8 * losses).sqrt()) / 4
    torch.testing.assert_close(settled("awl", losses)["sigma"].square(), expected, rtol=1e-3, atol=0)


def test_awl_survives_a_step_onto_zero() -> None:
    strategy = build(WeightingConfig("awl"), TASKS)
    strategy.load_state_dict({"scale": torch.zeros(3)})
    objective, weights = strategy(torch.ones(3))
    assert objective.isfinite()
    assert weights.isfinite().all()


def test_uncertainty_takes_the_kind_of_each_task() -> None:
    strategy = build(WeightingConfig("uncertainty"), tasks_named(["gender", "age"]))
    assert strategy(torch.ones(2))[1].tolist() == [0.5, 1.0]


def test_dwa_is_even_for_two_epochs_and_uses_epoch_means() -> None:
    strategy = build(WeightingConfig("dwa"), TASKS)
    even, epochs = [], [[[2.0, 1, 1], [6, 1, 3]], [[1, 1, 4], [3, 1, 0]]]
    for epoch in epochs:
        even += [strategy(torch.tensor(losses))[1].tolist() for losses in epoch]
        strategy.end_epoch()
    assert even == [[1, 1, 1]] * 4
    # The means are 4, 1, 2 and 2, 1, 2: the hand-worked value above.
    weights = strategy(torch.ones(3))[1]
    torch.testing.assert_close(weights, torch.tensor([0.840795, 1.079602, 1.079602]), rtol=1e-5, atol=0)


def test_dwa_counts_training_steps_alone() -> None:
    strategy = build(WeightingConfig("dwa"), TASKS).eval()
    before = {name: value.clone() for name, value in strategy.state_dict().items()}
    strategy(torch.ones(3))
    strategy.end_epoch()
    assert all(torch.equal(value, before[name]) for name, value in strategy.state_dict().items())


def test_dwa_survives_a_loss_of_zero() -> None:
    strategy = build(WeightingConfig("dwa"), TASKS)
    for losses in ([0.0, 1, 1e-30], [0.0, 1, 1e30]):
        strategy(torch.tensor(losses))
        strategy.end_epoch()
    assert strategy(torch.ones(3))[1].isfinite().all()
