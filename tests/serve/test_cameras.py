"""Cameras are kept apart, bounded, and forgotten."""

import itertools
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from mtldemo.serve import answering
from mtldemo.serve.cameras import Cameras
from mtldemo.serve.query import Query
from mtldemo.serve.refusal import Refusal
from tests.serve.conftest import LIVE, TYPE

WISH = Query(("utkface",), "haar")


def test_a_camera_is_its_own_until_it_asks_otherwise_or_is_silent() -> None:
    now = [0.0]
    made: list[Any] = []

    def make() -> Any:
        made.append(object())
        return made[-1]

    cameras = Cameras(most=2, silent=10, clock=lambda: now[0])
    first = cameras.live("a", WISH, make)
    assert cameras.live("a", WISH, make) is first
    assert cameras.live("b", WISH, make) is not first
    with pytest.raises(Refusal) as refused:
        cameras.live("c", WISH, make)
    assert refused.value.status == 503
    now[0] = 8
    other = cameras.live("a", Query(("run",), "haar"), make)
    assert other is not first
    assert len(cameras) == 2
    now[0] = 11
    cameras.forget()
    assert len(cameras) == 1
    assert cameras.live("a", Query(("run",), "haar"), make) is other
    now[0] = 30
    cameras.forget()
    assert len(cameras) == 0


def test_a_camera_whose_model_is_not_there_is_not_kept() -> None:
    def refuse() -> Any:
        raise Refusal(404, "There is no such model.")

    cameras = Cameras()
    with pytest.raises(Refusal):
        cameras.live("a", WISH, refuse)
    assert len(cameras) == 0


def test_a_camera_keeps_its_faces_and_tells_no_ethnicity_unless_asked(
    make_client: Callable[..., TestClient], jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()
    monkeypatch.setattr(answering, "time", SimpleNamespace(monotonic=lambda: next(clock) / 10))
    cameras = Cameras()
    client = make_client(cameras=cameras)
    answer = [client.post(LIVE, content=jpeg, headers=TYPE).json() for _ in range(3)][-1]
    assert answer["size"] == [512, 512]
    assert [face["number"] for face in answer["faces"]] == [1]
    assert answer["detector_ms"] > 0
    assert answer["model_ms"] > 0
    assert "age" in answer["faces"][0]
    assert "ethnicity" not in client.post(LIVE, content=jpeg, headers=TYPE).text
    opted = client.post(LIVE + "&ethnicity=1", content=jpeg, headers=TYPE).json()
    assert opted["faces"][0]["ethnicity"]["label"]
    again = client.post(LIVE + "&sensitive=1", content=jpeg, headers=TYPE).json()
    assert again["faces"][0]["answers"]["ethnicity"]["label"]
    assert len(cameras) == 1
    client.post(LIVE.replace("one-camera", "other-camera"), content=jpeg, headers=TYPE)
    assert len(cameras) == 2


def test_a_camera_whose_frame_was_refused_is_forgotten_too(
    make_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtldemo.serve.routes.SILENT", -1.0)
    forgotten, plain = threading.Event(), Cameras.forget
    cameras = Cameras(silent=-1.0)
    client = make_client(cameras=cameras)

    def forget(self: Cameras) -> None:
        known = len(self)
        plain(self)
        if known and not len(self):
            forgotten.set()

    monkeypatch.setattr(Cameras, "forget", forget)
    assert client.post(LIVE, content=b"no picture at all" * 5, headers=TYPE).status_code == 400
    assert forgotten.wait(60)
