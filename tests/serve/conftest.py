"""A server with the routes alone, on a tiny model of its own."""

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut
from starlette.applications import Starlette
from starlette.testclient import TestClient

from mtldemo.predict import models
from mtldemo.serve.cameras import Cameras
from mtldemo.serve.limits import RequestLimits
from mtldemo.serve.routes import routes
from tests.predict.tiny import tiny_config, write_model

PREDICT, LIVE = "/api/predict?model=tiny&detector=haar", "/api/live?model=tiny&detector=haar&camera=one-camera"
TYPE = {"content-type": "image/jpeg"}


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights."""
    return write_model(tmp_path_factory.mktemp("serve") / "model.safetensors", tiny_config())


@pytest.fixture
def tiny_run(own_folders: Path, tiny_file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The key of a run with that model; it is the only one, and the one that comes with the project isn't there."""
    folder = own_folders / "runs" / "tiny"
    folder.mkdir(parents=True)
    shutil.copy(tiny_file, folder)
    monkeypatch.setattr(models, "SHIPPED", own_folders / "none.safetensors")
    return "tiny"


@pytest.fixture
def jpeg() -> bytes:
    """A picture of 512 x 512 pixels with one face, as a browser would send it."""
    return encoded(np.asarray(astronaut()))


@pytest.fixture
def make_client(tiny_run: str) -> Iterator[Callable[..., TestClient]]:
    """A client of the routes: ``make_client(limits=..., cameras=..., base=...)``."""
    with_loop = []

    def make(base: str = "", limits: RequestLimits | None = None, cameras: Cameras | None = None) -> TestClient:
        client = TestClient(Starlette(routes=routes(base, limits=limits, cameras=cameras)))
        with_loop.append(client.__enter__())
        return client

    yield make
    for client in with_loop:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    """A client of the routes as the dashboard has them."""
    return make_client()


def encoded(pixels: np.ndarray, kind: str = "JPEG") -> bytes:
    """An array as the bytes of a picture file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()
