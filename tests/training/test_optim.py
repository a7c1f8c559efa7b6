import pytest
import torch
from torch import nn

from mtldemo.config import OptimConfig
from mtldemo.tasks import UTKFACE
from mtldemo.training import optim
from mtldemo.weighting import Equal, Uncertainty
from mtldemo.weighting.runner import Runner


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


def test_the_rate_rises_then_falls_to_almost_nothing() -> None:
    config = OptimConfig(warmup=0.2)
    factors = [optim.rate_factor(config, step, 50) for step in range(1, 51)]
    assert factors[:10] == pytest.approx([step / 10 for step in range(1, 11)])
    assert max(factors) == factors[9] == 1
    assert factors[9:] == sorted(factors[9:], reverse=True)
    assert 0 < factors[-1] < 0.01
    assert optim.rate_factor(config, 51, 50) == pytest.approx(0)


def test_a_constant_rate_stays_and_no_warmup_starts_high() -> None:
    config = OptimConfig(schedule="constant", warmup=0)
    assert {optim.rate_factor(config, step, 7) for step in range(1, 8)} == {1.0}
    assert optim.rate_factor(OptimConfig(warmup=0.9), 1, 1) == 1.0


def test_only_matrices_and_kernels_decay() -> None:
    model = network()
    decayed, others = optim.parameter_groups(model, 0.05)
    assert decayed["weight_decay"] == 0.05
    assert others["weight_decay"] == 0
    assert [parameter.ndim for parameter in decayed["params"]] == [4, 2]
    assert all(parameter.ndim == 1 for parameter in others["params"])
    count = sum(len(group["params"]) for group in (decayed, others))
    assert count == len(list(model.parameters()))


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_a_strategy_learns_apart_faster_and_without_decay(kind: str) -> None:
    strategy = Uncertainty(UTKFACE, speed=20.0)
    config = OptimConfig(optimizer=kind, lr=1e-3, momentum=0.09)
    main, apart = optim.build(network(), config), Runner(strategy, rate=config.lr, seed=0).optimizer
    assert type(main) is (torch.optim.SGD if kind == "sgd" else torch.optim.AdamW)
    assert isinstance(apart, torch.optim.Adam)
    assert [group["weight_decay"] for group in apart.param_groups] == [0]
    assert apart.param_groups[0]["params"] == list(strategy.parameters())
    optim.set_rate(main, 5e-4)
    assert [group["lr"] for group in main.param_groups] == [5e-4, 5e-4]
    assert apart.param_groups[0]["lr"] == pytest.approx(2e-2)


def test_a_strategy_without_parameters_needs_no_optimizer() -> None:
    assert Runner(Equal(UTKFACE), rate=0.1, seed=0).optimizer is None
