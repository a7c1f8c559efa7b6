"""The eigenvalues of a Gramian, each to full relative accuracy whatever the lengths of the gradients."""

import numpy as np
from scipy.linalg import get_lapack_funcs

ACCURATE_COLUMNS, NO_LEFT, RIGHT = 0, 3, 0
"""LAPACK's choices: columns of any length at full accuracy, and which singular vectors are wanted."""


def eigen(norms: np.ndarray, cosines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues [M] and orthonormal eigenvectors (columns of [M, M]) of the Gramian; see ``cosines.Rule``.

    LAPACK's preconditioned one-sided Jacobi method (Drmac, Veselic 2008) on a factor F, G = F^T F. The usual methods
    lose every eigenvalue below 1e-16 of the largest, which gradients that differ by 1e8 in length have.
    """
    values, vectors = np.linalg.eigh(cosines)
    factor = np.sqrt(values.clip(min=0))[:, None] * vectors.T * norms
    (jacobi,) = get_lapack_funcs(("gejsv",), (factor,))
    lengths, _, right, scales, _, _ = jacobi(factor, joba=ACCURATE_COLUMNS, jobu=NO_LEFT, jobv=RIGHT, jobr=0)
    return (lengths * (scales[0] / scales[1])) ** 2, right
