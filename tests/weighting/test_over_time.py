"""How the strategies that keep a state move from step to step, worked out by hand."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from mtldemo.config import WeightingConfig
from mtldemo.tasks import UTKFACE
from mtldemo.weighting import build


def test_random_weights_are_a_softmax_of_normal_numbers() -> None:
    strategy = build(WeightingConfig("rlw"), UTKFACE)
    drawn = torch.stack([strategy(torch.ones(3))[1] for _ in range(4000)])
    torch.testing.assert_close(drawn.sum(dim=1), torch.ones(4000))
    # ln w_i - ln w_j is the difference of two standard normal numbers: its mean is 0 and its variance 2. With 4000
    # draws their standard errors are sqrt(2/4000) = 0.022 and 2 sqrt(2/4000) = 0.045.
    differences = drawn[:, [0, 1, 2]].log() - drawn[:, [1, 2, 0]].log()
    torch.testing.assert_close(differences.mean(dim=0), torch.zeros(3), atol=0.1, rtol=0)
    torch.testing.assert_close(differences.var(dim=0), torch.full((3,), 2.0), atol=0.2, rtol=0)


def test_random_weights_follow_the_seed() -> None:
    first, same, other = (build(WeightingConfig("rlw"), UTKFACE) for _ in range(3))
    other.seed(1)
    one, two, three = (strategy(torch.ones(3))[1] for strategy in (first, same, other))
    assert torch.equal(one, two)
    assert not torch.equal(one, three)


def test_famo_moves_by_adam_down_the_change_of_the_log_losses() -> None:
    strategy = build(WeightingConfig("famo", {"rate": 0.1, "decay": 0}), UTKFACE)
    strategy(torch.tensor([2.0, 3.0, 4.0]))
    # Age falls by half, gender stays, ethnicity doubles: ln L - ln L' = ln 2, 0, -ln 2, whose mean under z = 1/3 is 0.
    # The gradient of xi is z times that, and Adam's first step is the rate times its sign: less for age, which fell.
    strategy.after_step(torch.tensor([1.0, 3.0, 8.0]))
    state = strategy.state_dict()
    torch.testing.assert_close(state["xi"], torch.tensor([-0.1, 0, 0.1]), rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(state["mean"], 0.1 / 3 * math.log(2) * torch.tensor([1.0, 0, -1]), rtol=1e-5, atol=1e-8)


def test_famo_agrees_with_torchs_adam() -> None:
    strategy = build(WeightingConfig("famo"), UTKFACE)
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
    strategy = build(WeightingConfig("dtp", {"memory": 0.5}), UTKFACE)
    strategy.observe(torch.tensor([0.2, 0.4, 1.0]))
    torch.testing.assert_close(strategy.learned()["performance"], torch.tensor([0.2, 0.4, 1.0]))
    strategy.observe(torch.tensor([0.4, 0.0, 1.0]))
    torch.testing.assert_close(strategy.learned()["performance"], torch.tensor([0.3, 0.2, 1.0]))


def test_stch_takes_the_nadir_from_the_last_epoch_of_its_warm_up() -> None:
    strategy = build(WeightingConfig("stch", {"warmup": 2}), UTKFACE)
    for losses in ([[9.0, 9, 9]], [[3.0, 2, 1], [5, 4, 3]]):
        for row in losses:
            torch.testing.assert_close(strategy(torch.tensor(row))[1], 1 / torch.tensor(row))
        strategy.end_epoch()
    # The means are 4, 3, 2: the hand-worked value above.
    weights = strategy(torch.tensor([2.0, 3, 4]))[1]
    torch.testing.assert_close(weights, torch.tensor([3 / 14, 2 / 7, 3 / 7]))


def test_imtl_l_settles_where_each_weighted_loss_is_one() -> None:
    strategy = build(WeightingConfig("imtl_l"), UTKFACE)
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
    strategy = build(WeightingConfig("scheduled", options), UTKFACE)
    found = []
    for _ in range(4):
        found.append(strategy(torch.ones(3))[1][0].item())
        strategy.end_epoch()
    assert found == expected


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("strategy", ["gls", "scale_invariant"])
def test_the_unit_of_a_loss_means_nothing(strategy: str, scale: float) -> None:
    def shares(losses: Tensor) -> Tensor:
        weights = build(WeightingConfig(strategy), UTKFACE)(losses)[1]
        return weights * losses / (weights * losses).sum()

    scales = torch.tensor([scale, 1, 1 / scale])
    losses = torch.tensor([2.0, 3, 4])
    torch.testing.assert_close(shares(losses * scales), shares(losses), rtol=1e-5, atol=0)
