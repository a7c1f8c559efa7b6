"""The eigenvalues of a Gramian, each to full relative accuracy whatever the lengths of the gradients."""

import numpy as np

SWEEPS = 30
TOLERANCE = 1e-15


def eigen(norms: np.ndarray, cosines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues [M] and orthonormal eigenvectors (columns of [M, M]) of the Gramian; see ``cosines.Rule``.

    One-sided Jacobi rotations of the columns of a factor F, G = F^T F, until all are at right angles. The usual methods
    lose every eigenvalue below 1e-16 of the largest, which gradients that differ by 1e8 in length have.
    """
    values, vectors = np.linalg.eigh(cosines)
    columns = list(np.sqrt(values.clip(min=0)) * vectors * norms[:, None])
    turned = list(np.eye(len(norms)))
    for _ in range(SWEEPS):
        if not sum(_rotate(columns, turned, i, j) for j in range(len(norms)) for i in range(j)):
            break
    lengths = np.array([column @ column for column in columns])
    return lengths, np.stack(turned, axis=1)


def _rotate(columns: list[np.ndarray], turned: list[np.ndarray], i: int, j: int) -> bool:
    """Turn two columns to a right angle; whether they weren't at one."""
    first, second, both = columns[i] @ columns[i], columns[j] @ columns[j], columns[i] @ columns[j]
    if abs(both) <= TOLERANCE * np.sqrt(first * second):
        return False
    with np.errstate(over="ignore"):
        ratio = (second - first) / (2 * both)
        tangent = (1.0 if ratio >= 0 else -1.0) / (abs(ratio) + np.hypot(1.0, ratio))
    cosine = 1 / np.hypot(1.0, tangent)
    sine = cosine * tangent
    for rows in (columns, turned):
        rows[i], rows[j] = cosine * rows[i] - sine * rows[j], sine * rows[i] + cosine * rows[j]
    return True
