"""One value worked out by hand for each strategy, and what their learned numbers settle at."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from mtldemo.config import WeightingConfig
from mtldemo.tasks import TASKS, tasks_named
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
    strategy = build(WeightingConfig(value.strategy, value.options), TASKS)
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


def test_random_weights_are_a_softmax_of_normal_numbers() -> None:
    strategy = build(WeightingConfig("rlw"), TASKS)
    drawn = torch.stack([strategy(torch.ones(3))[1] for _ in range(4000)])
    torch.testing.assert_close(drawn.sum(dim=1), torch.ones(4000))
    # ln w_i - ln w_j is the difference of two standard normal numbers: its mean is 0 and its variance 2. With 4000
    # draws their standard errors are sqrt(2/4000) = 0.022 and 2 sqrt(2/4000) = 0.045.
    differences = drawn[:, [0, 1, 2]].log() - drawn[:, [1, 2, 0]].log()
    torch.testing.assert_close(differences.mean(dim=0), torch.zeros(3), atol=0.1, rtol=0)
    torch.testing.assert_close(differences.var(dim=0), torch.full((3,), 2.0), atol=0.2, rtol=0)


def test_random_weights_follow_the_seed() -> None:
    first, same, other = (build(WeightingConfig("rlw"), TASKS) for _ in range(3))
    other.seed(1)
    one, two, three = (strategy(torch.ones(3))[1] for strategy in (first, same, other))
    assert torch.equal(one, two)
    assert not torch.equal(one, three)


def test_famo_moves_by_adam_down_the_change_of_the_log_losses() -> None:
    strategy = build(WeightingConfig("famo", {"rate": 0.1, "decay": 0}), TASKS)
    strategy(torch.tensor([2.0, 3.0, 4.0]))
    # Age falls by half, gender stays, ethnicity doubles: ln L - ln L' = ln 2, 0, -ln 2, whose mean under z = 1/3 is 0.
    # The gradient of xi is z times that, and Adam's first step is the rate times its sign: less for age, which fell.
    strategy.after_step(torch.tensor([1.0, 3.0, 8.0]))
    state = strategy.state_dict()
    torch.testing.assert_close(state["xi"], torch.tensor([-0.1, 0, 0.1]), rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(state["mean"], 0.1 / 3 * math.log(2) * torch.tensor([1.0, 0, -1]), rtol=1e-5, atol=1e-8)


def test_famo_agrees_with_torchs_adam() -> None:
    strategy = build(WeightingConfig("famo"), TASKS)
    xi = torch.zeros(3, requires_grad=True)
    adam = torch.optim.Adam([xi], lr=0.025, weight_decay=1e-3)
    draw = torch.Generator().manual_seed(0)
    for _ in range(20):
        before, after = torch.rand(2, 3, generator=draw) + 0.1
        strategy(before)
        strategy.after_step(after)
        adam.zero_grad()
        (torch.softmax(xi, dim=0) * (before.log() - after.log())).sum().backward()
        adam.step()
    torch.testing.assert_close(strategy.state_dict()["xi"], xi.detach(), rtol=1e-4, atol=1e-6)


def test_dtp_averages_what_it_observes() -> None:
    strategy = build(WeightingConfig("dtp", {"memory": 0.5}), TASKS)
    strategy.observe(torch.tensor([0.2, 0.4, 1.0]))
    torch.testing.assert_close(strategy.learned()["performance"], torch.tensor([0.2, 0.4, 1.0]))
    strategy.observe(torch.tensor([0.4, 0.0, 1.0]))
    torch.testing.assert_close(strategy.learned()["performance"], torch.tensor([0.3, 0.2, 1.0]))


def test_stch_takes_the_nadir_from_the_last_epoch_of_its_warm_up() -> None:
    strategy = build(WeightingConfig("stch", {"warmup": 2}), TASKS)
    for losses in ([[9.0, 9, 9]], [[3.0, 2, 1], [5, 4, 3]]):
        for row in losses:
            torch.testing.assert_close(strategy(torch.tensor(row))[1], 1 / torch.tensor(row))
        strategy.end_epoch()
    # The means are 4, 3, 2: the hand-worked value above.
    weights = strategy(torch.tensor([2.0, 3, 4]))[1]
    torch.testing.assert_close(weights, torch.tensor([3 / 14, 2 / 7, 3 / 7]))


def test_imtl_l_settles_where_each_weighted_loss_is_one() -> None:
    strategy = build(WeightingConfig("imtl_l"), TASKS)
    losses = torch.tensor([16.0, 0.3, 1.1])
    optimizer = torch.optim.Adam(strategy.parameters(), lr=0.1)
    for _ in range(400):
        optimizer.zero_grad()
        strategy(losses)[0].backward()
        optimizer.step()
    torch.testing.assert_close(strategy(losses)[1] * losses, torch.ones(3), rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"weights": {"age": "0 1@2"}}, [0, 0, 1, 1]),
        ({"weights": {"age": "2@1 0.5@3"}}, [2, 2, 2, 0.5]),
        ({"weights": {"age": "2@1 1@3"}, "change": "linear"}, [2, 2, 1.5, 1]),
        ({"weights": {"gender": "0"}}, [1, 1, 1, 1]),
    ],
)
def test_a_schedule_goes_by_whole_epochs(options: dict[str, Any], expected: list[float]) -> None:
    strategy = build(WeightingConfig("scheduled", options), TASKS)
    found = []
    for _ in range(4):
        found.append(strategy(torch.ones(3))[1][0].item())
        strategy.end_epoch()
    assert found == expected


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("strategy", ["gls", "scale_invariant"])
def test_the_unit_of_a_loss_means_nothing(strategy: str, scale: float) -> None:
    def shares(losses: Tensor) -> Tensor:
        weights = build(WeightingConfig(strategy), TASKS)(losses)[1]
        return weights * losses / (weights * losses).sum()

    scales = torch.tensor([scale, 1, 1 / scale])
    losses = torch.tensor([2.0, 3, 4])
    torch.testing.assert_close(shares(losses * scales), shares(losses), rtol=1e-5, atol=0)
