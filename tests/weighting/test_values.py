"""One value worked out by hand for each strategy, and what their learned numbers settle at."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from mtldemo.config import WeightingConfig
from mtldemo.tasks import UTKFACE
from mtldemo.weighting import STRATEGIES, LossStrategy, build


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
    # Age waits for epoch 3; gender is halved at epoch 2 and for good; ethnicity is left out. In epoch 2 that is
    # 0 x 2 + 0.5 x 3 + 1 x 4 = 5.5.
    Value("scheduled", {"weights": {"age": "0 1@3", "gender": "1 0.5@2"}}, {"epochs": 2}, [0, 0.5, 1], 5.5),
    # In straight lines age is two thirds of the way from 0 to 1, and gender from 1 to 0.5 is there:
    # 4/3 + 1.5 + 4.
    Value(
        "scheduled",
        {"weights": {"age": "0 1@3", "gender": "1 0.5@2"}, "change": "linear"},
        {"epochs": 2},
        [2 / 3, 0.5, 1],
        4 / 3 + 5.5,
    ),
    # With T = 1/12 the exponents 12/L are 6, 4, 3. Divided by e^3 the softmax is e^3, e, 1 = 20.085537, 2.718282, 1
    # over 23.803819: 0.843795, 0.114195, 0.042010. The objective is 1.687590 + 0.342585 + 0.168040.
    Value("uw_so", {"temperature": 1 / 12}, {}, [0.843795, 0.114195, 0.042010], 2.198215),
    # kappa = 1/2, 1/4, 1 (counted as 0.999). -(1/2) ln(1/2) = 0.346574; -(3/4) ln(1/4) = 1.039721;
    # 0.001 x 0.0010005 = 1.0005e-6. The objective is 0.693147 + 3.119162 + 0.000004.
    Value("dtp", {}, {"performance": [0.5, 0.25, 1], "steps": 9}, [0.346574, 1.039721, 1.0005e-6], 3.812313),
    # gamma = 2: one factor of 1/2, 3/4 and 0.001 more.
    Value("dtp", {"focus": 2}, {"performance": [0.5, 0.25, 1], "steps": 9}, [0.173287, 0.779791, 1.0005e-9], 2.685946),
    # The product is 24, its cube root 2.884499; a third of it over 2, 3, 4.
    Value("gls", {}, {}, [0.480750, 0.320500, 0.240375], 2.884499),
    # ln 2 + ln 3 + ln 4 = ln 24.
    Value("scale_invariant", {}, {}, [1 / 2, 1 / 3, 1 / 4], math.log(24)),
    # e^s = 1/2, 1, 2: 1 + 3 + 8 less s, which sums to 0.
    Value("imtl_l", {}, {"log_scale": [-math.log(2), 0, math.log(2)]}, [0.5, 1, 2], 12),
    # z = softmax(ln 1, ln 2, ln 1) = 1/4, 1/2, 1/4. z/L = 1/8, 1/6, 1/16 sum to 17/48, so c = 48/17 and w = 6, 8, 3
    # over 17. The objective is 48/17 (ln(2)/4 + ln(3)/2 + ln(4)/4) = 48/17 (3/4 ln 2 + ln(3)/2) = 3.018800.
    Value("famo", {}, {"xi": [0, math.log(2), 0]}, [6 / 17, 8 / 17, 3 / 17], 3.018800),
    # q is as e^-0.2, e^-0.3, e^-0.4 = 0.818731, 0.740818, 0.670320 over 2.229869; times 9/L, gamma is 1.652251,
    # 0.996675, 0.676370. The last two are nearest: their mean is 0.836523. The objective is 3.304502 + 7 x 0.836523.
    Value("go4align", {"rate": 0.1}, {}, [1.652251, 0.836523, 0.836523], 9.160163),
    # One group has the mean of gamma, 1.108432; with rate 0 and three groups gamma is 9/L/3 = 3/L.
    Value("go4align", {"rate": 0.1, "groups": 1}, {}, [1.108432, 1.108432, 1.108432], 9.975888),
    Value("go4align", {"rate": 0, "groups": 3}, {}, [1.5, 1, 0.75], 9),
    # In the warm-up the sum of ln L, as above.
    Value("stch", {}, {"epochs": 3}, [1 / 2, 1 / 3, 1 / 4], math.log(24)),
    # f = ln(2/4), ln(3/3), ln(4/2), so e^f = 1/2, 1, 2 and the softmax is 1/7, 2/7, 4/7; times 3 over L = 3/14, 2/7,
    # 3/7. The objective is 3 ln(3.5).
    Value("stch", {}, {"epochs": 4, "nadir": [4, 3, 2]}, [3 / 14, 2 / 7, 3 / 7], 3 * math.log(3.5)),
    # mu = 1/2 squares e^f: 1/4, 1, 4 over 21/4 = 1/21, 4/21, 16/21; times 3 over L = 1/14, 4/21, 4/7. The objective is
    # 3/2 ln(21/4).
    Value(
        "stch",
        {"smoothness": 0.5},
        {"epochs": 4, "nadir": [4, 3, 2]},
        [1 / 14, 4 / 21, 4 / 7],
        1.5 * math.log(21 / 4),
    ),
]

BY_HAND_ELSEWHERE = {"rlw"}
"""Drawn by lot, so it has a test of its own."""


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.strategy)
def test_a_value_worked_out_by_hand(value: Value) -> None:
    strategy = build(WeightingConfig(value.strategy, value.options), UTKFACE)
    state = strategy.state_dict()
    for name, numbers in value.state.items():
        state[name] = torch.tensor(numbers, dtype=state[name].dtype)
    strategy.load_state_dict(state)
    objective, weights = strategy(torch.tensor([2.0, 3.0, 4.0]))
    torch.testing.assert_close(weights, torch.tensor(value.weights, dtype=torch.float32), rtol=1e-5, atol=1e-6)
    assert objective.item() == pytest.approx(value.objective, rel=1e-5)


def test_every_loss_strategy_has_a_value() -> None:
    names = {strategy.name for strategy in STRATEGIES if issubclass(strategy, LossStrategy)}
    assert {value.strategy for value in VALUES} | BY_HAND_ELSEWHERE == names


def settled(strategy: str, losses: Tensor, **options: Any) -> dict[str, Tensor]:
    """What ``strategy`` has learned once its own parameters fit constant ``losses`` [3]."""
    weigh = build(WeightingConfig(strategy, options), UTKFACE)
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
    strategy = build(WeightingConfig("awl"), UTKFACE)
    strategy.load_state_dict({"scale": torch.zeros(3)})
    objective, weights = strategy(torch.ones(3))
    assert objective.isfinite()
    assert weights.isfinite().all()


def test_uncertainty_takes_the_kind_of_each_task() -> None:
    strategy = build(WeightingConfig("uncertainty"), UTKFACE.chosen(["gender", "age"]))
    assert strategy(torch.ones(2))[1].tolist() == [0.5, 1.0]


def test_dwa_is_even_for_two_epochs_and_uses_epoch_means() -> None:
    strategy = build(WeightingConfig("dwa"), UTKFACE)
    even, epochs = [], [[[2.0, 1, 1], [6, 1, 3]], [[1, 1, 4], [3, 1, 0]]]
    for epoch in epochs:
        even += [strategy(torch.tensor(losses))[1].tolist() for losses in epoch]
        strategy.end_epoch()
    assert even == [[1, 1, 1]] * 4
    # The means are 4, 1, 2 and 2, 1, 2: the hand-worked value above.
    weights = strategy(torch.ones(3))[1]
    torch.testing.assert_close(weights, torch.tensor([0.840795, 1.079602, 1.079602]), rtol=1e-5, atol=0)


def test_dwa_counts_training_steps_alone() -> None:
    strategy = build(WeightingConfig("dwa"), UTKFACE).eval()
    before = {name: value.clone() for name, value in strategy.state_dict().items()}
    strategy(torch.ones(3))
    strategy.end_epoch()
    assert all(torch.equal(value, before[name]) for name, value in strategy.state_dict().items())


def test_dwa_survives_a_loss_of_zero() -> None:
    strategy = build(WeightingConfig("dwa"), UTKFACE)
    for losses in ([0.0, 1, 1e-30], [0.0, 1, 1e30]):
        strategy(torch.tensor(losses))
        strategy.end_epoch()
    assert strategy(torch.ones(3))[1].isfinite().all()
