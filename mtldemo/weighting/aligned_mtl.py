"""Aligned-MTL: gradients turned into orthogonal ones of equal length."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from mtldemo.lazy_torch import Tensor
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import GradientStrategy
from mtldemo.weighting.solvers.cosines import RESOLUTION, weigh
from mtldemo.weighting.solvers.eigen import eigen


class AlignedGradients(GradientStrategy):
    r"""Replaces the task gradients by the nearest ones at right angles and of equal length, and adds those.

    .. math:: w = \sigma \sum_r \frac{1}{\sqrt{\lambda_r}}\, v_r v_r^\top \mathbf 1, \qquad G = V \Lambda V^\top

    Gramian [K, K] -> weights [K]; some may be negative. The sum runs over the eigenvalues above rounding. ``scale``
    chooses sigma^2: ``min`` the smallest eigenvalue (the paper's), ``median`` or ``mean`` (``rmse`` in the authors'
    code). With ``min`` dependent gradients shorten the update; nearly parallel ones almost stop it.

    Paper: Senushkin, Patakin, Kuznetsov, Konushin, Independent Component Alignment for Multi-Task Learning, CVPR 2023.
    Departures: what counts as rounding is an eigenvalue below 1e-6 of the gradients in it, not of the largest
    eigenvalue, so that short gradients aren't dropped. TorchJD multiplies by 1/K.
    """

    name = "aligned_mtl"
    title = "Aligned components (Aligned-MTL)"
    idea = (
        "Turns the task gradients into the most similar set that has no conflicts and no dominance: at right angles "
        "and equally long. Their sum is the update."
    )
    formula = r"w = \sqrt{\lambda_{\min}}\ G^{-1/2}\, \mathbf{1}"
    paper = (
        "Senushkin, Patakin, Kuznetsov, Konushin, Independent Component Alignment for Multi-Task Learning, CVPR 2023"
    )
    cost = "K backward passes"

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        scale: Annotated[
            str,
            Setting(
                "Common length",
                "Squared length of the aligned gradients: the smallest, median or mean eigenvalue.",
                choices=("min", "median", "mean"),
            ),
        ] = "min",
    ) -> None:
        super().__init__(tasks)
        self.scale = scale

    def forward(self, gramian: Tensor, losses: Tensor) -> Tensor:
        """Gramian [K, K] and losses [K] (not read) -> weights [K]."""
        return weigh(gramian, self._weights)

    def _weights(self, norms: np.ndarray, cosines: np.ndarray) -> np.ndarray:
        values, vectors = eigen(norms, cosines)
        real = values > RESOLUTION * (norms**2 @ vectors**2)
        values, vectors = values[real], vectors[:, real]
        length = np.sqrt({"min": np.min, "median": np.median, "mean": np.mean}[self.scale](values))
        return vectors @ (length / np.sqrt(values) * vectors.sum(axis=0))
