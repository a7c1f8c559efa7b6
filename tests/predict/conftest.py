"""Tiny models, a picture with a real face, and scenes of several."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from mtldemo.predict.predictor import Predictor
from tests.predict.tiny import tiny_config, write_model

FACE = (170, 60, 110, 130)
"""Left, top, width and height of the face in scikit-image's astronaut (public domain)."""


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """uint8 [512, 512, 3]: a woman's face at ``FACE``."""
    return np.asarray(astronaut())


@pytest.fixture(scope="session")
def group(portrait: np.ndarray) -> np.ndarray:
    """uint8 [600, 900, 3]: the same head three times, at sizes 1, 0.7 and 0.5, on a soft background."""
    rows = np.linspace(90, 170, 600)[:, None, None]
    scene = Image.fromarray(np.broadcast_to(rows, (600, 900, 3)).astype(np.uint8))
    x, y, w, h = FACE
    head = Image.fromarray(portrait[y - 50 : y + h + 40, x - 40 : x + w + 40])
    for scale, place in ((0.5, (60, 80)), (1.0, (250, 200)), (0.7, (600, 120))):
        scene.paste(head.resize((round(head.width * scale), round(head.height * scale))), place)
    return np.asarray(scene)


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of all three tasks, age as a distribution."""
    return write_model(tmp_path_factory.mktemp("model") / "tiny.safetensors", tiny_config())


@pytest.fixture(scope="session")
def predictor(model_path: Path) -> Predictor:
    """The tiny model."""
    return Predictor.load(model_path)
