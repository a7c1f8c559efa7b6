"""From a Gramian to norms and cosines, and from a rule on those to weights."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

RESOLUTION = 1e-6
"""Cosines come from float32 gradients: a smaller eigenvalue of theirs is rounding, and counts as zero where a rule
would divide by it."""

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Norms [M], all above zero, and cosines [M, M], positive semidefinite -> weights [M]."""


def weigh(gramian: Tensor, rule: Rule) -> Tensor:
    """The weights [K] that ``rule`` gives for a ``gramian`` [K, K], in its dtype and on its device.

    A task whose gradient is zero takes no part, as if the run didn't have it: its weight is 0. Where all gradients are
    zero each weight is 1/K. A Gramian that isn't finite gives weights that aren't.
    """
    products = gramian.detach().cpu().double().numpy()
    count = len(products)
    if not np.isfinite(products).all():
        return gramian.new_full((count,), float("nan"))
    norms = np.sqrt(np.diagonal(products).clip(min=0))
    there = norms > 0
    if not there.any():
        return gramian.new_full((count,), 1 / count)
    weights = np.zeros(count)
    norms = norms[there]
    weights[there] = rule(norms, _cosines(products[np.ix_(there, there)], norms))
    return torch.from_numpy(weights).to(gramian)


def floored(cosines: np.ndarray, lowest: float) -> np.ndarray:
    """``cosines`` [M, M] with the same number added to the diagonal where an eigenvalue is below ``lowest``."""
    short = lowest - np.linalg.eigvalsh(cosines)[0]
    return cosines + short * np.eye(len(cosines)) if short > 0 else cosines


def _cosines(products: np.ndarray, norms: np.ndarray) -> np.ndarray:
    cosines = products / norms[:, None] / norms
    cosines = ((cosines + cosines.T) / 2).clip(-1, 1)
    np.fill_diagonal(cosines, 1)
    # Rounding may leave an eigenvalue slightly below zero, which no gradients have.
    return floored(cosines, 0.0)
