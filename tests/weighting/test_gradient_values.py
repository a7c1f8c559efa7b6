"""One value worked out by hand for each strategy that weighs or merges gradients.

Unless a case says otherwise the gradients are g = (2, 0) of age and h = (-1, 1) of gender, so that their Gramian is
[[4, -2], [-2, 2]], the norms are 2 and sqrt 2 and the cosine is -1/sqrt 2; the losses are 2 and 1.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest
import torch

from mtldemo.config import WeightingConfig
from mtldemo.tasks import UTKFACE
from mtldemo.weighting import STRATEGIES, GradientMerge, GradientStrategy, Strategy, build

PAIR = UTKFACE.chosen(["age", "gender"])
ROWS = torch.tensor([[2.0, 0], [-1, 1]], dtype=torch.float64)
LOSSES = torch.tensor([2.0, 1])
R2, R10 = math.sqrt(2), math.sqrt(10)


class Value(NamedTuple):
    """A strategy in a given state, and the weights it gives for the Gramian."""

    strategy: str
    weights: list[float]
    options: Mapping[str, Any] = {}
    state: Mapping[str, Any] = {}
    gramian: Sequence[Sequence[float]] = ((4, -2), (-2, 2))


SHARES = {"mgda", "cagrad", "imtl_g", "imtl", "upgrad", "dualproj"}
"""Strategies whose weights are shares of one, or of the mean gradient."""
WEIGHTS = [
    # The foot of the perpendicular from 0 on the line from g to h: w = (h - g).h / |g - h|^2 = 4/10.
    Value("mgda", [0.4, 0.6]),
    # Unit gradients are symmetric, so each has 1/2.
    Value("mgda", [0.5, 0.5], {"normalise": "norm"}),
    # By the losses 2 and 1 they are (1, 0) and (-1, 1): (h - g).h = 3, |g - h|^2 = 5.
    Value("mgda", [0.6, 0.4], {"normalise": "loss"}),
    # g - (-2)/2 h = g + h, and h - (-2)/4 g = h + g/2: together 3/2 g + 2 h.
    Value("pcgrad", [1.5, 2]),
    # From averages of 0 it is PCGrad.
    Value("gradvac", [1.5, 2]),
    # Aimed at 0.6 (its sine 0.8, ours 1/sqrt 2), the bracket over the sine is 0.6/(0.8 sqrt 2) + 1/sqrt 2 =
    # 1.75/sqrt 2. Times |g|/|h| = sqrt 2 that is 1.75 h to g, and times 1/sqrt 2 it is 0.875 g to h.
    Value("gradvac", [1.875, 2.75], {}, {"averages": [[0, 0.6], [0.6, 0]]}),
    # g_0 = (1/2, 1/2), |g_0|^2 = 1/2. With g_w = (3 w - 1, 1 - w), g_w.g_0 = w and |g_w|^2 = 10 w^2 - 8 w + 2. For
    # c = 1 the slope 1 + (10 w - 4) / (sqrt 2 |g_w|) is zero where 20 w^2 - 16 w + 3 = 0 and w < 0.4: w = 0.3. There
    # |g_w| = sqrt(1/2) = |g_0|, so 1/2 + w and 1/2 + (1 - w).
    Value("cagrad", [0.8, 1.2], {"c": 1.0}),
    # For c = 1/2 it is zero at w = 0, where g_w = h, and c |g_0| / |h| = 1/4.
    Value("cagrad", [0.5, 0.75]),
    Value("cagrad", [0.5, 0.5], {"c": 0.0}),
    # The inverse is [[2, 2], [2, 4]] / 4; times (2, sqrt 2) that is (2 + sqrt 2, 2 + 2 sqrt 2) / 2, whose sum is
    # (4 + 3 sqrt 2) / 2: shares sqrt 2 - 1 and 2 - sqrt 2.
    Value("imtl_g", [R2 - 1, 2 - R2]),
    # Age's gradient is doubled, so its share is halved before they are made to sum to one:
    # (sqrt 2 - 1)/2 : 2 - sqrt 2, which sum to (3 - sqrt 2)/2; then age's is doubled again.
    Value("imtl", [2 * (R2 - 1) / (3 - R2), 2 * (2 - R2) / (3 - R2)], {}, {"log_scale": [math.log(2), 0]}),
    # In y = a x norm both equations read y (1 - 1/sqrt 2) = 1/y.
    Value("nash_mtl", [0.5 / math.sqrt(1 - 1 / R2), 1 / R2 / math.sqrt(1 - 1 / R2)]),
    # 3 x 1 - 1 x 2 = 1 = 1^-2, and -1 x 1 + 0.625 x 2 = 1/4 = 2^-2.
    Value("fairgrad", [1, 2], {"alpha": 0.5}, {}, [[3, -1], [-1, 0.625]]),
    # 3 x 1 - 0.5 x 4 = 1, and -0.5 x 1 + 0.25 x 4 = 1/2 = 4^-1/2.
    Value("fairgrad", [1, 4], {}, {}, [[3, -0.5], [-0.5, 0.25]]),
    # sqrt G = (G + sqrt(det) 1) / sqrt(trace + 2 sqrt det) = [[6, -2], [-2, 4]] / sqrt 10, whose inverse is
    # [[4, 2], [2, 6]] / (2 sqrt 10); its rows sum to 3/sqrt 10 and 4/sqrt 10. The smallest eigenvalue is 3 - sqrt 5.
    Value("aligned_mtl", [math.sqrt(3 - math.sqrt(5)) * 3 / R10, math.sqrt(3 - math.sqrt(5)) * 4 / R10]),
    # The mean eigenvalue is half the trace, 3.
    Value("aligned_mtl", [math.sqrt(3) * 3 / R10, math.sqrt(3) * 4 / R10], {"scale": "mean"}),
    # With two tasks each projection is PCGrad's; their mean is half of that.
    Value("upgrad", [0.75, 1]),
    # The mean gradient's products are (3.5, -0.5). Gender's must rise to 0, by z with 1 x z = 0.5.
    Value("dualproj", [0.5, 1], {}, {}, [[9, -2], [-2, 1]]),
    # u bisects two unit gradients: v = (1, 1) / (1 + cosine), and the factor is (2 + sqrt 2) (1 + cosine) / 2.
    Value("config", [(2 + R2) / 4, (2 + R2) / (2 * R2)]),
    # The applied weights are the state's.
    Value("gradnorm", [1.5, 0.5], {}, {"weights": [1.5, 0.5]}),
]


def made(name: str, options: Mapping[str, Any] = {}, state: Mapping[str, Any] = {}) -> Strategy:
    strategy = build(WeightingConfig(name, dict(options)), PAIR)
    if isinstance(strategy, GradientMerge):
        strategy.prepare(2)
    values = strategy.state_dict()
    values.update({key: torch.tensor(numbers, dtype=values[key].dtype) for key, numbers in state.items()})
    strategy.load_state_dict(values)
    return strategy


@pytest.mark.parametrize("value", WEIGHTS, ids=lambda value: value.strategy)
def test_weights_worked_out_by_hand(value: Value) -> None:
    strategy = made(value.strategy, value.options, value.state)
    found = strategy(torch.tensor(value.gramian, dtype=torch.float64), LOSSES)
    torch.testing.assert_close(found, torch.tensor(value.weights, dtype=torch.float64), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("pairs", [6, 20])
@pytest.mark.parametrize("value", WEIGHTS, ids=lambda value: value.strategy)
def test_pairs_at_right_angles_are_each_weighed_as_one_alone(value: Value, pairs: int) -> None:
    # The problem of 12 or 40 tasks falls apart into the same one of two; where the weights are shares of one, or of
    # the mean gradient, each pair has a pair's share.
    tasks = [dataclasses.replace(PAIR[index % 2], name=f"task_{index:02}") for index in range(2 * pairs)]
    strategy = build(WeightingConfig(value.strategy, dict(value.options)), tasks)
    values = strategy.state_dict()
    for key, numbers in value.state.items():
        one = torch.tensor(numbers, dtype=values[key].dtype)
        values[key] = torch.block_diag(*[one] * pairs) if one.ndim == 2 else one.repeat(pairs)
    strategy.load_state_dict(values)
    gramian = torch.block_diag(*[torch.tensor(value.gramian, dtype=torch.float64)] * pairs)
    expected = torch.tensor(value.weights, dtype=torch.float64).repeat(pairs)
    if value.strategy in SHARES:
        expected /= pairs
    torch.testing.assert_close(strategy(gramian, LOSSES.repeat(pairs)), expected, rtol=1e-8, atol=1e-9)


def test_every_gradient_strategy_has_a_value() -> None:
    names = {strategy.name for strategy in STRATEGIES if issubclass(strategy, GradientStrategy)}
    assert {value.strategy for value in WEIGHTS} == names


def test_every_merge_has_a_test_here() -> None:
    names = {strategy.name for strategy in STRATEGIES if issubclass(strategy, GradientMerge)}
    assert names == {"graddrop", "sdmgrad", "moco", "db_mtl", "excess_mtl"}


def close(found: torch.Tensor, expected: list[float]) -> None:
    torch.testing.assert_close(found.double(), torch.tensor(expected, dtype=torch.float64), rtol=1e-5, atol=1e-6)


def test_gradnorm_moves_towards_the_aims() -> None:
    strategy = made("gradnorm", {"alpha": 1, "rate": 0.1}, {"initial": [4, 3]})
    strategy(torch.tensor([[4.0, 0], [0, 1]], dtype=torch.float64), torch.tensor([2.0, 3]))
    # Lengths 2 and 1, mean 3/2. Losses are at 1/2 and 1 of the first, mean 3/4, so r = 2/3, 4/3 and the aims 1, 2:
    # age is too long by a share of 2/1.5 = 4/3, gender too short by 2/3.
    down, up = math.exp(-0.1 * 4 / 3), math.exp(0.1 * 2 / 3)
    close(strategy.state_dict()["weights"], [2 * down / (down + up), 2 * up / (down + up)])


def test_gradvac_remembers_the_cosines() -> None:
    strategy = made("gradvac", {"beta": 0.25}, {"averages": [[0, 0.6], [0.6, 0]]})
    strategy(ROWS @ ROWS.T, LOSSES)
    # 3/4 of 0.6 and 1/4 of -1/sqrt 2, the cosine before the change.
    remembered = 0.45 - 0.25 / R2
    close(strategy.state_dict()["averages"].flatten(), [0, remembered, remembered, 0])


def test_imtl_fills_the_gradient_of_its_factors() -> None:
    strategy = made("imtl", {}, {"log_scale": [math.log(2), 0]})
    strategy(ROWS @ ROWS.T, LOSSES)
    (factors,) = strategy.parameters()
    # e^s L - 1: 2 x 2 - 1 and 1 x 1 - 1.
    assert factors.grad is not None
    close(factors.grad, [3, 0])


def test_graddrop_keeps_one_sign() -> None:
    strategy = build(WeightingConfig("graddrop"), PAIR)
    rows = torch.tensor([[1.0, 2, -1], [1, -1, -1]])
    found = torch.stack([strategy(rows.clone(), LOSSES)[0] for _ in range(2000)])
    # Where the signs agree both are kept. In the middle P = (1 + 1/3) / 2 = 2/3: 2 with that chance, else -1. The
    # standard error of the chance is sqrt(2/9 / 2000) = 0.011.
    assert (found[:, 0] == 2).all()
    assert (found[:, 2] == -2).all()
    assert set(found[:, 1].tolist()) == {2.0, -1.0}
    assert (found[:, 1] == 2).float().mean().item() == pytest.approx(2 / 3, abs=0.05)


def test_graddrop_tells_what_it_kept() -> None:
    strategy = build(WeightingConfig("graddrop"), PAIR)
    direction, weights = strategy(torch.tensor([[1.0, 2, -1], [1, -1, -1]]), LOSSES)
    assert weights.tolist() == [1, 1]
    # Of the squares 1 + 4 + 1 and 1 + 1 + 1, the middle one is lost to age or to gender.
    close(strategy.learned()["kept"], [1, 2 / 3] if direction[1] > 0 else [1 / 3, 1])


def test_graddrop_leaks() -> None:
    strategy = build(WeightingConfig("graddrop", {"leak": 1}), PAIR)
    close(strategy(torch.tensor([[1.0, 2, -1], [1, -1, -1]]), LOSSES)[0], [2, 1, -2])


def test_sdmgrad_crosses_two_batches() -> None:
    strategy = made("sdmgrad", {"pull": 1, "rate": 0.3, "steps": 1})
    # The first batch is crossed with itself, over the mean product of norms (4 + 2)/2: (G/3)(1, 1) = (2/3, 0). From
    # (0.5, 0.5) by 0.3 times that: (0.3, 0.5), whose nearest point is (0.4, 0.6); with 1/2 each, over 2: 0.45, 0.55.
    direction, weights = strategy(ROWS.float(), LOSSES)
    close(weights, [0.45, 0.55])
    close(direction, [0.35, 0.55])
    # The second, (1, 0) and (0, 1), times the first is [[2, -1], [0, 1]], over (1 x 2 + 1 x sqrt 2)/2 = 1.707107. Times
    # (0.9, 1.1) that is (0.7, 1.1)/1.707107 = (0.410051, 0.644366); 0.3 of it leaves (0.276985, 0.406690), which lacks
    # 0.316325: (0.435147, 0.564853).
    close(strategy(torch.eye(2), LOSSES)[1], [0.467574, 0.532426])


def test_moco_tracks_before_it_weighs() -> None:
    strategy = made("moco", {"rate": 0.3})
    # y = (1, 0) and (-1/2, 1/2): Y Y^T = [[1, -1/2], [-1/2, 1/2]], over 3/4, times (1/2, 1/2) is (1/3, 0). By 0.3 that
    # leaves (0.4, 0.5), whose nearest point is (0.45, 0.55).
    direction, weights = strategy(ROWS.float(), LOSSES)
    close(weights, [0.45, 0.55])
    close(direction, [0.175, 0.275])
    # beta is 0.5/sqrt 2 in the second step: y moves by that share towards (0, 2) and (1, 1).
    strategy(torch.tensor([[0.0, 2], [1, 1]]), LOSSES)
    close(strategy.state_dict()["tracked"].flatten(), [1 - 0.5 / R2, 1 / R2, -0.5 + 0.75 / R2, 0.5 + 0.25 / R2])


def test_db_mtl_stretches_the_averages() -> None:
    strategy = made("db_mtl", {"beta": 0.5})
    # Gradients of the log losses (1, 0) and (-1, 1), halved: lengths 1/2 and 1/sqrt 2, so stretched by sqrt 2 and 1.
    # Age's weight is sqrt 2 / 2, by its loss.
    direction, weights = strategy(ROWS.float(), LOSSES)
    close(weights, [R2 / 2, 1])
    close(direction, [R2 / 2 - 0.5, 0.5])


def test_excess_mtl_follows_the_relative_excess() -> None:
    strategy = made("excess_mtl", {"rate": 1})
    # At first E is 4/2 and 1/1 + 1/1, each relative to itself: 1/2 each.
    close(strategy(ROWS.float(), LOSSES)[1], [0.5, 0.5])
    # Then (2, 0) and (0, 1): 4/sqrt 8 and 1/sqrt 2, over 2: 0.707107 and 0.353553.
    direction, weights = strategy(torch.tensor([[2.0, 0], [0, 1]]), LOSSES)
    share = 1 / (1 + math.exp(-0.353553))
    close(weights, [share, 1 - share])
    close(direction, [2 * share, 1 - share])
