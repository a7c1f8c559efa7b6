"""With a known error in the labels, the sigma that uncertainty weighting learns must approach its spread."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from mtldemo.config import AugmentConfig, OptimConfig, RunConfig, WeightingConfig
from mtldemo.data.batches import Pictures
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.loop import KeyedPictures, train
from mtldemo.training.state import Checkpoint

DECADES = 0.01
"""The loss scale that turns squared years into squared decades, so that sigma starts near its goal."""


@pytest.mark.slow
@pytest.mark.parametrize("noise", [8.0, 16.0])
def test_the_learned_sigma_approaches_the_true_noise(
    noise: float, config: RunConfig, make_faces: Callable[..., KeyedPictures], compute: ResolvedCompute
) -> None:
    exact, noisy = make_faces(4000), make_faces(4000, age_noise=noise)
    config = dataclasses.replace(
        config,
        tasks=("age", "gender"),
        losses={"age": "mse"},
        loss_scales={"age": DECADES},
        epochs=4,
        batch_size=50,
        gradients_every=0,
        weighting=WeightingConfig("uncertainty"),
        optim=OptimConfig(lr=1e-3, ema=0.9),
        augment=AugmentConfig(augment=False),
    )
    sigma = 0.0
    for event in train(config, noisy, compute=compute):
        if not isinstance(event, Checkpoint) and event["kind"] == "epoch":
            sigma = 10 * event["learned"]["sigma"]["age"]
    assert sigma == pytest.approx(spread(noisy, exact), rel=0.15)


def spread(noisy: Pictures, exact: Pictures) -> float:
    """The root mean square error of the training labels; clipping at the ends has taken a little of it."""
    rows = noisy.indices("train")
    return float(np.sqrt(np.mean((noisy.labels("age", rows) - exact.labels("age", rows)) ** 2)))
