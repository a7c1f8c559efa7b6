"""Random gradients for the tests of strategies that weigh or merge them."""

from typing import Any

import torch
from torch import Tensor

from mtldemo.config import WeightingConfig
from mtldemo.tasks import UTKFACE
from mtldemo.weighting import GradientMerge, Strategy, build

SIZE = 12
LOSSES = torch.tensor([2.0, 3, 4])
SCALES = [(1, 1, 1), (1, 1, 100), (1e-6, 1, 1e6), (1e6, 1e6, 1e6), (1e-6, 1e-6, 1e-6)]


def made(name: str, **options: Any) -> Strategy:
    strategy = build(WeightingConfig(name, options), UTKFACE)
    if isinstance(strategy, GradientMerge):
        strategy.prepare(SIZE)
    return strategy


def rows(seed: int, scales: tuple[float, ...] = (1, 1, 1), size: int = SIZE) -> Tensor:
    """Random gradients [3, size] in float64; every other seed leans them against each other."""
    drawn = torch.randn(3, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    if seed % 2:
        drawn -= 0.8 * drawn.mean(dim=0)
    return drawn * torch.tensor(scales, dtype=torch.float64)[:, None]


def weights_of(strategy: Strategy, gradients: Tensor) -> Tensor:
    return strategy(gradients @ gradients.T, LOSSES)


def merged(strategy: Strategy, gradients: Tensor) -> tuple[Tensor, Tensor]:
    return strategy(gradients.float(), LOSSES)
