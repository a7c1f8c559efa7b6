"""The nearest combination of gradients that conflicts with none of them."""

import numpy as np

from mtldemo.weighting.solvers.cosines import SMALLEST
from mtldemo.weighting.solvers.faces import TIE, Blocks, faces, violation


def project(cosines: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """For each column u of ``wanted`` [M, C] >= 0, the v >= u with the least v^T ``cosines`` v: [M, C].

    The combination of unit gradients by v is the one by u, moved by as little as makes its product with every gradient
    at least zero. With v = u + z it is optimal where z >= 0, C v >= 0, and for each task one of the two is zero.
    """
    products = cosines @ wanted
    found = wanted.copy()
    nowhere = np.zeros((1, len(cosines), 1), dtype=bool)
    wrong = _violation(cosines, np.zeros_like(wanted[None]), wanted[None], nowhere)[0]
    columns = np.arange(wanted.shape[1])
    for places in faces(len(cosines)):
        if (wrong <= TIE).all():
            break
        blocks = Blocks(cosines, places)
        added = blocks.spread(-blocks.solve(products[places]))
        whole = wanted[None] + added
        far = _violation(cosines, added, whole, blocks.inside())
        index = far.argmin(axis=0)
        better = far[index, columns] < wrong
        found[:, better] = whole[index, :, columns].T[:, better]
        wrong = np.minimum(wrong, far[index, columns])
    return np.maximum(found, wanted)


def _violation(cosines: np.ndarray, added: np.ndarray, whole: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """``violation`` as a share of the terms of each product, so that among short gradients it counts as among long."""
    size = np.abs(cosines) @ np.abs(whole) + SMALLEST
    return violation(added / size, cosines @ whole / size, inside)
