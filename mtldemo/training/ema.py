"""A moving average of the weights: smoother than the last step's, and better on unseen pictures."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

Tensors = tuple[Tensor, ...] | list[Tensor]


def decay_at(decay: float, updates: int) -> float:
    """The decay after ``updates`` earlier ones: it grows to ``decay`` as ``(1 + n) / (10 + n)``, so that the first,
    random weights are soon forgotten."""
    return min(decay, (1 + updates) / (10 + updates))


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """A copy of ``model`` (under ``.module``) that follows it at each ``update_parameters``.

    BatchNorm's running mean and variance are averaged alike, since they belong to the averaged weights.
    """

    @torch.no_grad()
    def follow(averages: Tensors, current: Tensors, updates: Tensor | int) -> None:
        if averages[0].is_floating_point():
            get_ema_multi_avg_fn(decay_at(decay, int(updates)))(averages, current, updates)
            return
        for average, value in zip(averages, current, strict=True):
            # Counts, such as BatchNorm's number of batches, have no meaningful average.
            average.copy_(value)

    copy = AveragedModel(model, multi_avg_fn=follow, use_buffers=True)
    return copy.requires_grad_(False).eval()
