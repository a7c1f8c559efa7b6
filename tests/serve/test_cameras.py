"""Cameras are kept apart, bounded, and forgotten."""

from typing import Any

import pytest

from mtldemo.serve.asked import Asked
from mtldemo.serve.cameras import Cameras
from mtldemo.serve.refusal import Refusal

WISH = Asked(("utkface",), "haar")


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
    other = cameras.live("a", Asked(("run",), "haar"), make)
    assert other is not first
    assert len(cameras) == 2
    now[0] = 11
    cameras.forget()
    assert len(cameras) == 1
    assert cameras.live("a", Asked(("run",), "haar"), make) is other
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
