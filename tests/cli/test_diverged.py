"""A run whose answers stop being finite numbers, from its command to its folder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtldemo.cli import main
from mtldemo.config import to_dict
from mtldemo.runs import RunFolder
from mtldemo.training import loop
from tests.cli.test_train import CONFIG


@pytest.fixture
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MTLDEMO_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def spoil(monkeypatch: pytest.MonkeyPatch, at: Callable[[int], bool]) -> None:
    """Let the evaluations for whose number, from 0, ``at`` holds find answers about the age that are no numbers."""
    judged, count = loop.evaluate, iter(range(100))

    def spoiled(*given: Any, **named: Any) -> Any:
        found = judged(*given, **named)
        return found._replace(unsound=("age",)) if at(next(count)) else found

    monkeypatch.setattr(loop, "evaluate", spoiled)


def test_a_run_that_diverges_fails_in_words_and_says_what_is_left(
    runs_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, lambda number: number > 0)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(to_dict(CONFIG)))
    assert main(["train", "--config", str(file), "--run", "mine"]) == 2
    shown = capsys.readouterr()
    assert "Epoch 2/2" in shown.out
    assert "its answers about age are no finite numbers, so it can't be the best" in shown.out
    assert shown.err.count("\n") == 1
    assert "The model of epoch 1, the best before, stays usable." in shown.err
    run = RunFolder.open(runs_dir, "mine")
    assert (run.status().state, run.status().diverged) == ("failed", True)
    assert run.status().message in shown.err
    assert run.model_file.exists()
    assert main(["train", "--resume", "mine"]) == 2
    assert "leads to the same point" in capsys.readouterr().err
