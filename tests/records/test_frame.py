"""A run's records as columns."""

from typing import Any

import numpy as np
import pytest

from mtldemo.records.frame import Columns, RunFrame
from mtldemo.tasks import UTKFACE


def records(first: int = 1) -> list[dict[str, Any]]:
    """Steps ``first`` to 400 with gradients every 20 steps and an epoch every 100; the same at every call."""
    lines: list[dict[str, Any]] = []
    for step in range(first, 401):
        common = {"step": step, "epoch": step / 100, "time": 0.2 * step}
        losses = {task.name: (1 + place) / step for place, task in enumerate(UTKFACE)}
        weights = {name: 1 / loss for name, loss in losses.items()}
        lines.append({"kind": "step", **common, "lr": 1e-3 * step, "losses": losses, "weights": weights})
        if step % 20 == 0:
            lines.append({"kind": "gradients", **common, "norms": losses, "cosines": {"age|gender": 1 / step}})
        if step % 100 == 0:
            lines.append({"kind": "epoch", **common, "metrics": {"age": {"mae": 20 - 14 * step / 400}}})
    return lines


def same(first: RunFrame, second: RunFrame) -> None:
    for name in ("step", "time", "lr", "losses.age", "weights.gender"):
        np.testing.assert_array_equal(first.steps[name], second.steps[name])
    np.testing.assert_array_equal(first.gradients["cosines.age|gender"], second.gradients["cosines.age|gender"])
    assert first.epochs == second.epochs
    assert first.test == second.test


def test_piece_by_piece_is_the_same_as_at_once() -> None:
    lines, grown = records(), RunFrame()
    for start in range(0, len(lines), 37):
        grown.extend(lines[start : start + 37])
        assert len(grown.steps["losses.age"]) == len(grown.steps)
    same(grown, RunFrame(lines))
    assert grown.steps.below("losses") == ["age", "gender", "ethnicity"]
    assert grown.epoch_values("metrics", "age", "mae") == pytest.approx([16.5, 13.0, 9.5, 6.0])


def test_a_resumed_run_replaces_what_followed_its_checkpoint() -> None:
    frame = RunFrame([*records(), {"kind": "test", "step": 400, "metrics": {}}])
    frame.extend(records(first=151))
    same(frame, RunFrame(records()))


def test_an_array_handed_out_does_not_stop_the_growth_nor_change_by_it() -> None:
    columns = Columns()
    columns.append({"step": 1, "a": 2.0})
    first = columns["a"]
    columns.append({"step": 2, "a": None, "b": 5})
    assert first.tolist() == [2.0]
    np.testing.assert_array_equal(columns["a"], [2.0, np.nan])
    np.testing.assert_array_equal(columns["b"], [np.nan, 5.0])
    np.testing.assert_array_equal(columns["unknown"], [np.nan, np.nan])
    assert columns.last("b") == 5
    assert np.isnan(columns.last("unknown"))


def test_records_of_an_unknown_kind_or_without_a_number_are_no_error() -> None:
    epoch = {"kind": "epoch", "step": 1, "epoch": 1, "time": 1.0, "metrics": {"age": {"mae": None}}}
    frame = RunFrame([{"kind": "later"}, epoch])
    assert len(frame.steps) == 0
    assert np.isnan(frame.epoch_values("metrics", "age", "mae")).all()
    assert np.isnan(frame.epoch_values("metrics", "gender", "accuracy")).all()
