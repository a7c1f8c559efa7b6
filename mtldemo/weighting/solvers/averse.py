"""The dual problem of conflict-averse gradient descent."""

import numpy as np

from mtldemo.weighting.solvers.faces import Blocks, faces, violation

UNSOLVED = 1e-6
"""A larger violation says that no face holds a solution: some combination of gradients in the simplex is zero."""


def averse(norms: np.ndarray, cosines: np.ndarray, radius: float) -> np.ndarray:
    """What CAGrad adds to the mean gradient g0, as weights [M]: ``radius`` |g0| / |g_w| w, where w on the simplex has
    the least g_w . g0 + ``radius`` |g0| |g_w|, g_w = sum w_i g_i. Zero where g_w or g0 is zero; see ``cosines.Rule``.

    Written for unit gradients and u = weight x norm / |g0|, a face's solution has q + C u = nu r, with q the products
    of the gradients with g0 / |g0| and r = 1 / norm, and u^T C u = ``radius``^2: a quadratic equation for nu, whose
    larger root it is.
    """
    mean = norms / len(norms)
    length = np.sqrt(max(float(mean @ cosines @ mean), 0.0))
    if radius == 0 or length <= 1e-8 * mean.max():
        return np.zeros_like(norms)
    products = cosines @ (mean / length)
    ratio = norms.min() / norms
    best, wrong = np.zeros_like(norms), UNSOLVED
    for places in faces(len(norms)):
        blocks = Blocks(cosines, places)
        right = np.stack([ratio[places], products[places]], axis=2)
        solved = blocks.solve(right)
        a, b = (solved * right[:, :, :1]).sum(axis=1).T
        c = (solved[:, :, 1] * right[:, :, 1]).sum(axis=1) - radius**2
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            level = ((b + np.sqrt(b * b - a * c)) / a)[:, None, None]
            added = blocks.spread(level * solved[:, :, :1] - solved[:, :, 1:])
            slack = products[None, :, None] + cosines @ added - level * ratio[None, :, None]
        far = violation(added, slack, blocks.inside())[:, 0]
        index = far.argmin()
        if far[index] < wrong:
            best, wrong = added[index, :, 0], far[index]
    return best.clip(min=0) * length / norms
