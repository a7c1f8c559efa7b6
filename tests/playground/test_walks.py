"""Paths are worked out once, ahead of time where wanted."""

import numpy as np
import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.playground import walks as module
from mtldemo.playground.descent import descend
from mtldemo.playground.landscape import STARTS, Landscape
from mtldemo.playground.walks import Walks


def test_paths_are_those_of_the_strategy_and_worked_out_once() -> None:
    walks = Walks()
    assert not walks.ready(["equal"], 1.0)
    walks.begin(["equal"], 1.0)
    found = walks.get("equal", 1.0)
    assert walks.ready(["equal"], 1.0)
    assert walks.get("equal", 1.0) is found
    for walk, start in zip(found, STARTS, strict=True):
        assert np.array_equal(walk.points, descend("equal", Landscape(1.0), start).points)


def test_paths_with_other_settings_are_others_and_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OWN", 2)
    walks, options = Walks(), {"cagrad": {"c": 2.0}}
    own = walks.get("cagrad", 1.0, options)
    assert walks.get("cagrad", 1.0, options) is own
    assert not walks.ready(["cagrad"], 1.0)
    plain = walks.get("cagrad", 1.0, {"mgda": {}})
    assert not np.array_equal(plain[0].points, own[0].points)
    for c in (3.0, 4.0, 5.0, 6.0):
        walks.get("cagrad", 1.0, {"cagrad": {"c": c}})
    assert not walks.ready(["cagrad"], 1.0, options)
    assert walks.get("cagrad", 1.0) is plain


def test_an_unknown_strategy_is_told_to_who_asks() -> None:
    walks = Walks()
    walks.begin(["nobody"], 0.1)
    with pytest.raises(MtlDemoError, match="nobody"):
        walks.get("nobody", 0.1)
