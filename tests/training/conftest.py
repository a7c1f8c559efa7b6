"""A tiny data set in memory whose labels can be read off the pictures, and the config of a tiny run."""

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from mtldemo.config import ComputeConfig, DataConfig, ModelConfig, OptimConfig, RunConfig
from mtldemo.training.compute import ResolvedCompute, threads


@dataclasses.dataclass(frozen=True)
class TinyFaces:
    """Red tells the age, green the gender, blue the ethnicity; grain hides them a little."""

    pixels: np.ndarray
    columns: dict[str, np.ndarray]
    parts: dict[str, np.ndarray]
    key: str = "tiny"
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.25, 0.25, 0.25)

    def indices(self, split: str) -> np.ndarray:
        return self.parts[split]

    def labels(self, task_name: str, indices: np.ndarray) -> np.ndarray:
        return self.columns[task_name][indices]

    def present(self, task_name: str, indices: np.ndarray) -> np.ndarray:
        return self.labels(task_name, indices) >= 0


def tiny_faces(
    images: int = 60,
    *,
    age_noise: float = 0.0,
    missing: dict[str, float] | None = None,
    key: str = "tiny",
) -> TinyFaces:
    """``age_noise``: spread in years of the error of each age label; ``missing``: the share of labels left out."""
    side, draw = 16, np.random.default_rng(0)
    age, gender, ethnicity = draw.uniform(10, 90, images), draw.integers(0, 2, images), draw.integers(0, 5, images)
    colours = np.stack([age * 2, 60 + gender * 120, 30 + ethnicity * 45], axis=1)
    pixels = colours[:, None, None, :] + draw.normal(0, 20, (images, side, side, 3))
    noisy = np.clip(age + draw.normal(0, age_noise, images), 0, 116) if age_noise else age
    columns = {"age": noisy.astype(np.float32), "gender": gender, "ethnicity": ethnicity}
    for name, share in (missing or {}).items():
        columns[name] = np.where(draw.random(images) < share, -1, columns[name])
    places = np.arange(images)
    parts = {"train": places[places % 5 < 3], "val": places[places % 5 == 3], "test": places[places % 5 == 4]}
    return TinyFaces(np.clip(pixels, 0, 255).astype(np.uint8), columns, parts, key)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny networks are no faster with more, and far slower where other programs want the cores."""
    with threads(1):
        yield


@pytest.fixture
def faces() -> TinyFaces:
    return tiny_faces()


@pytest.fixture
def make_faces() -> Callable[..., TinyFaces]:
    return tiny_faces


@pytest.fixture
def config() -> RunConfig:
    """Three epochs of three steps."""
    return RunConfig(
        epochs=3,
        batch_size=12,
        gradients_every=2,
        label_smoothing=0.1,
        checkpoint_every=3600,
        data=DataConfig(image_size=16),
        model=ModelConfig(backbone="resnet18_small", head_hidden=8, dropout=0.2),
        optim=OptimConfig(ema=0.9),
        compute=ComputeConfig(device="cpu", precision="fp32", layout="channels_last", threads=1),
    )


@pytest.fixture
def compute() -> ResolvedCompute:
    return ResolvedCompute("cpu", "fp32", "channels_last", 1)
