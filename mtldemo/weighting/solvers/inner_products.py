"""Inner products of gradients, also of those whose squares are too large or too small for float32."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from mtldemo.lazy_torch import Tensor, torch

CHUNK = 1 << 15
"""Numbers of each gradient that are multiplied at a time: K rows of them stay in a core's cache, so that memory is read
once and not once a pair."""
LOWEST_SQUARE = 1e-24
"""Of a gradient with a smaller square some products may lie below 1e-38, where float32 loses digits. A hundred million
of those are lost in the rounding of this."""

SMALLEST = float(np.finfo(np.float32).tiny)
"""The smallest number whose inverse float32 holds."""

Rows = list[list[Tensor]]
"""K gradients, each in the same pieces (one a parameter, or the features alone) of the same strides."""


def gramian(rows: Rows) -> Tensor:
    """Inner products [K, K] (float64, on the CPU) of K gradients; zeros where they have no pieces."""
    return in_range(_multiply, rows)


def in_range(multiply: Callable[[Rows, Tensor | None], Tensor], rows: Rows) -> Tensor:
    """The products [K, K] (float64, on the CPU) that ``multiply`` forms of K gradients, whatever their lengths.

    In float32 the square of 1e20 is infinite and that of 1e-23 is zero. Where that may have happened, ``multiply`` is
    given K numbers [K, 1] to divide the gradients by, each one's largest, and the products are stretched again in
    float64, which holds them all. Gradients that aren't finite have products that aren't.
    """
    products = multiply(rows, None)
    short = (products.diagonal() < LOWEST_SQUARE).nonzero().flatten().tolist()
    if products.isfinite().all() and not any(piece.any() for index in short for piece in rows[index]):
        return products
    sizes = torch.tensor([largest(row) for row in rows])[:, None]
    return multiply(rows, sizes) * (sizes.double() @ sizes.double().T)


def largest(pieces: Sequence[Tensor]) -> float:
    """The largest absolute number in ``pieces``, or the smallest normal float32 where all are smaller: what they can be
    divided by."""
    sizes = [float(torch.linalg.vector_norm(piece, ord=math.inf)) for piece in pieces if piece.numel()]
    return max([*sizes, SMALLEST])


def representable(weights: Tensor, like: Tensor) -> Tensor:
    """``weights`` in the dtype and on the device of ``like``; those beyond its range, as the inverse of a gradient's
    length may be, are the largest number in it."""
    limit = torch.finfo(like.dtype).max
    return weights.clamp(-limit, limit).to(like)


def _multiply(rows: Rows, sizes: Tensor | None) -> Tensor:
    products = [torch.zeros(len(rows), len(rows))]
    for pieces in zip(*rows, strict=True):
        # In the order of its memory each piece is flat without a copy; an inner product knows no order.
        flat = [piece.as_strided((piece.numel(),), (1,)) for piece in pieces]
        for start in range(0, len(flat[0]), CHUNK):
            block = torch.stack([row[start : start + CHUNK] for row in flat])
            if sizes is not None:
                block /= sizes.to(block)
            products.append(block @ block.T)
    # One transfer from an accelerator for all.
    return torch.stack(products[1:] or products).cpu().double().sum(dim=0)
