import dataclasses
import json
from pathlib import Path

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.runs.lock import locked


def test_held_once_and_given_back(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with locked(file, "busy", heartbeat_fresh=False):
        with pytest.raises(MtlDemoError, match="busy"), locked(file, "busy", heartbeat_fresh=False):
            pass
        assert file.exists()
    assert not file.exists()


@pytest.mark.parametrize("content", ["", "{half", '{"pid": 1}'])
def test_a_lock_that_a_crash_left_half_written_is_taken_over(tmp_path: Path, content: str) -> None:
    file = tmp_path / "lock"
    file.write_text(content)
    with locked(file, "busy", heartbeat_fresh=True):
        assert json.loads(file.read_text())["pid"] == ProcessId.current().pid


def test_a_dead_owner_is_no_owner(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    dead = dataclasses.replace(ProcessId.current(), started=1.0)
    file.write_text(json.dumps(dataclasses.asdict(dead)))
    with locked(file, "busy", heartbeat_fresh=True):
        pass


def test_an_owner_elsewhere_holds_it_while_its_heart_beats(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    file.write_text(json.dumps({"pid": 1, "started": 1.0, "host": "elsewhere"}))
    with pytest.raises(MtlDemoError, match="busy"), locked(file, "busy", heartbeat_fresh=True):
        pass
    with locked(file, "busy", heartbeat_fresh=False):
        pass
