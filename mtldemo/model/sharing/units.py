"""Learned mixtures: of the tasks' maps, and of experts. Imports torch."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class StitchUnit(nn.Module):
    """Mixes K maps of one shape into K others: map k of the result is the sum over j of ``rows[k][j]`` times map j.

    A row [K] is a parameter of its own, as behind the last unit it is one task's.
    """

    def __init__(self, tasks: int, keep: float) -> None:
        super().__init__()
        others = (1 - keep) / max(1, tasks - 1)
        starts = torch.full((tasks, tasks), others).fill_diagonal_(keep if tasks > 1 else 1.0)
        self.rows = nn.ParameterList(nn.Parameter(row.clone()) for row in starts)

    def alpha(self) -> Tensor:
        """The unit [K, K]: row k says what task k reads of whom."""
        return torch.stack(list(self.rows))

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """K maps [B, C, H, W] -> K maps of that shape, in their memory layout."""
        first = maps[0]
        last = first.is_contiguous(memory_format=torch.channels_last)
        order = (0, 2, 3, 1) if last else (0, 1, 2, 3)
        # One product of matrices, not K times K sums of whole maps.
        flat = torch.stack([each.permute(order).reshape(-1) for each in maps])
        back = (0, 3, 1, 2) if last else (0, 1, 2, 3)
        shape = [first.shape[axis] for axis in order]
        return [row.view(shape).permute(back) for row in (self.alpha() @ flat).unbind()]


class Gate(nn.Module):
    """How much of each of E experts is read for a picture: maps [B, C, H, W] -> shares [B, E] that sum to 1.

    A linear layer and softmax on the map's means over a grid of at most ``GRID`` x ``GRID`` fields, divided by the root
    of their number: Adam moves each weight by its rate, all of them a logit by as much as there are fields, and a gate
    would settle on one expert within the first epoch. ``mean_shares`` [E] are those of the last batch.
    """

    GRID = 8
    mean_shares: Tensor

    def __init__(self, shape: tuple[int, int, int], experts: int) -> None:
        super().__init__()
        channels, height, width = shape
        self.fields = (min(self.GRID, height), min(self.GRID, width))
        self.linear = nn.Linear(channels * self.fields[0] * self.fields[1], experts)
        self.register_buffer("mean_shares", torch.full((experts,), 1 / experts), persistent=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps [B, C, H, W] -> shares [B, E], float32."""
        with torch.autocast(maps.device.type, enabled=False):
            fields = functional.adaptive_avg_pool2d(maps.float(), self.fields)
            shares = self.linear(fields.flatten(1) / math.sqrt(self.linear.in_features)).softmax(1)
        if self.training:
            self.mean_shares = shares.detach().mean(0)
        return shares


def mixture(shares: Tensor, experts: Sequence[Tensor]) -> Tensor:
    """The sum over e of ``shares`` [B, E] times what expert e gave: [B, ...] of any shape."""
    if len(experts) == 1:
        return experts[0]
    weights = shares.to(experts[0].dtype).unbind(1)
    shape = (-1, *[1] * (experts[0].ndim - 1))
    total = weights[0].view(shape) * experts[0]
    for weight, expert in zip(weights[1:], experts[1:], strict=True):
        total = torch.addcmul(total, weight.view(shape), expert)
    return total
