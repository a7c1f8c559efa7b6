"""The gradients of the task losses, apart from each other, and their inner products."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, autograd

from mtldemo.weighting.solvers.inner_products import CHUNK, Rows, gramian

__all__ = ["CHUNK", "Rows", "by_task", "compared", "gramian", "views", "weighted_sum"]


def by_task(
    losses: Sequence[Tensor], at: Sequence[Tensor], own: Sequence[Sequence[Tensor]] | None = None, *, keep: bool
) -> Rows:
    """The gradient of each loss at each tensor of ``at``, then at those that are its ``own`` (of K tasks, by default
    none), in their strides, zero where the loss doesn't reach them.

    K backward passes, from the losses to ``at``. ``keep`` says whether the graph is still needed afterwards.
    """
    rows = []
    for index, loss in enumerate(losses):
        retain = keep or index < len(losses) - 1
        tensors = [*at, *own[index]] if own else at
        pieces = autograd.grad(loss, tensors, retain_graph=retain, allow_unused=True)
        rows.append([_like(tensor, gradient) for tensor, gradient in zip(tensors, pieces, strict=True)])
    return rows


def weighted_sum(rows: Rows, weights: Sequence[float]) -> list[Tensor]:
    """The sum over k of ``weights[k]`` times gradient k, piece by piece, in the first gradient's memory."""
    for total, *others in zip(*rows, strict=True):
        total.mul_(weights[0])
        for piece, weight in zip(others, weights[1:], strict=True):
            total.add_(piece, alpha=weight)
    return rows[0]


def compared(names: Sequence[str], products: Tensor) -> tuple[dict[str, float], dict[str, float]]:
    """The norms by name, and the cosines by pair, from a Gramian [K, K]. The cosine with zero is NaN."""
    norms = products.diagonal().sqrt()
    cosines = (products / norms[:, None] / norms).clamp(-1, 1).tolist()
    pairs = itertools.combinations(range(len(names)), 2)
    return (
        dict(zip(names, norms.tolist(), strict=True)),
        {f"{names[i]}|{names[j]}": cosines[i][j] for i, j in pairs},
    )


def views(flat: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """Views of a contiguous ``flat`` [P] in the shapes and strides of ``parameters``, one after the other."""
    parts = flat.split([parameter.numel() for parameter in parameters])
    return [part.as_strided(p.shape, p.stride()) for part, p in zip(parts, parameters, strict=True)]


def _like(tensor: Tensor, gradient: Tensor | None) -> Tensor:
    """``gradient`` in the strides of the ``tensor`` that it is by; zeros where there is none."""
    if gradient is None:
        return torch.zeros_like(tensor)
    if gradient.stride() == tensor.stride():
        return gradient
    return torch.empty_like(tensor).copy_(gradient)
