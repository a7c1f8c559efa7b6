"""A session reads a run's records on from where it stopped."""

from pathlib import Path

import pytest
import streamlit as st

from mtldemo.config import RunConfig
from mtldemo.runs import RunFolder
from mtldemo.ui import readings


def steps(*numbers: int) -> list[dict]:
    return [{"kind": "step", "step": number, "losses": {"age": 1.0}, "weights": {"age": 1.0}} for number in numbers]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setattr(st, "session_state", {})
    return RunFolder.create(tmp_path, RunConfig(), "run")


def seen(run: RunFolder) -> list[int]:
    return readings.read_on(run).steps["step"].tolist()


def test_only_what_was_added_is_read(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    run.append(steps(1, 2))
    assert seen(run) == [1, 2]
    offsets: list[int] = []
    follow = RunFolder.follow
    monkeypatch.setattr(RunFolder, "follow", lambda run, offset=0: offsets.append(offset) or follow(run, offset))
    run.append(steps(3))
    assert seen(run) == [1, 2, 3]
    assert offsets[0] > 0


def test_a_run_that_was_cut_back_is_read_again(run: RunFolder) -> None:
    run.append(steps(1))
    size = run.metrics_size()
    run.append(steps(2, 3))
    assert seen(run) == [1, 2, 3]
    run.truncate(size)
    assert seen(run) == [1]
    run.append(steps(2))
    assert seen(run) == [1, 2]


def test_few_runs_are_kept(run: RunFolder, tmp_path: Path) -> None:
    for number in range(readings.KEPT_RUNS + 2):
        seen(RunFolder.create(tmp_path, RunConfig(), f"other-{number}"))
    assert len(st.session_state["readings"]) == readings.KEPT_RUNS
