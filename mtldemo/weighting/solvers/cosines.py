"""From a Gramian to norms and cosines, and from a rule on those to weights."""

from collections.abc import Callable

import numpy as np

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.weighting.solvers.inner_products import representable

RESOLUTION = 1e-6
"""Cosines come from float32 gradients: a smaller eigenvalue of theirs is rounding, and counts as zero where a rule
would divide by it."""

ROUNDING = 1e-14
"""A cosine nearer to zero is one: else gradients at right angles would conflict by lot, and what is left of gradients
that cancel would have a direction."""
SMALLEST = np.finfo(float).tiny
"""The smallest number whose inverse float64 holds."""

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Norms [M], all above zero, and cosines [M, M], positive semidefinite -> weights [M]."""


def weigh(gramian: Tensor, rule: Rule, *, degree: float = 0.0, units: Tensor | None = None) -> Tensor:
    """The weights [K] that ``rule`` gives for a ``gramian`` [K, K], in its dtype and on its device.

    A task whose gradient is zero takes no part, as if the run didn't have it: its weight is 0. Where all gradients are
    zero each weight is 1/K. For the rest see ``weigh_all``.
    """

    def weights(norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
        there = norms > 0
        if not there.any():
            return np.full(len(norms), 1 / len(norms))
        weights = np.zeros(len(norms))
        weights[there] = rule(norms[there], cosines[np.ix_(there, there)])
        return weights

    return weigh_all(gramian, weights, degree=degree, units=units)


def weigh_all(gramian: Tensor, rule: Rule, *, degree: float = 0.0, units: Tensor | None = None) -> Tensor:
    """The weights [K] of a ``rule`` that also sees gradients of zero, with norms of zero and cosines of zero.

    The rule is given norms of which the largest is 1 to 2: it need not mind how long gradients are, and is right at any
    common scale. ``degree`` says what that changes: a factor on all gradients multiplies the weights by its power.
    Where ``units`` [K] > 0 are given, each gradient is divided by its own before. A Gramian that isn't finite gives
    weights that aren't.
    """
    products = gramian.detach().cpu().double()
    if not products.isfinite().all():
        return gramian.new_full((len(products),), float("nan"))
    norms, cosines = _apart(products.numpy())
    norms, unit = _scaled(norms)
    if units is not None:
        norms, _ = _scaled(norms / _scaled(units.detach().cpu().double().numpy())[0].clip(min=SMALLEST))
    return representable(torch.from_numpy(rule(norms, cosines) * unit**degree), gramian)


def stretched(norms: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """What unit gradients became, each a sum of ``parts`` [M, M] (a row) of all of them, for gradients of these
    ``norms`` [M]: the same, each a sum of all gradients. A gradient of zero stays what it was."""
    return parts * np.divide(norms[:, None], norms, out=np.eye(len(norms)), where=norms > 0)


def floored(cosines: np.ndarray, lowest: float) -> np.ndarray:
    """``cosines`` [M, M] with the same number added to the diagonal where an eigenvalue is below ``lowest``."""
    short = lowest - np.linalg.eigvalsh(cosines)[0]
    return cosines + short * np.eye(len(cosines)) if short > 0 else cosines


def _scaled(numbers: np.ndarray) -> tuple[np.ndarray, float]:
    """``numbers`` [K] >= 0 divided by the power of two at or below the largest, and that power."""
    unit = float(np.ldexp(1.0, np.frexp(numbers.max() or 1.0)[1] - 1))
    return numbers / unit, unit


def _apart(products: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The norms [K] and cosines [K, K] of a finite Gramian."""
    norms = np.sqrt(products.diagonal().clip(min=0))
    absent = norms == 0
    lengths = norms + absent
    cosines = products / lengths[:, None] / lengths
    cosines = ((cosines + cosines.T) / 2).clip(-1, 1)
    cosines[(np.abs(cosines) < ROUNDING) | absent | absent[:, None]] = 0
    np.fill_diagonal(cosines, 1)
    # Rounding may leave an eigenvalue slightly below zero, which no gradients have.
    cosines = floored(cosines, 0.0)
    if absent.any():
        cosines[absent, absent] = 0
    return norms, cosines
