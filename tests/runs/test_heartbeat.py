import os
import time

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.runs import Heartbeat, Status, heartbeat


class Kept:
    def __init__(self) -> None:
        self.written = []
        self.error: MtlDemoError | None = None

    def write_status(self, status: Status) -> None:
        if self.error:
            raise self.error
        self.written.append(status)


def test_beats_without_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT", 0.01)
    kept = Kept()
    with Heartbeat(kept, Status(state="preparing")):
        deadline = time.monotonic() + 60
        while len(kept.written) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(kept.written) >= 3
    assert kept.written[0].pid == os.getpid()
    assert kept.written[-1].updated > kept.written[0].updated


def test_a_new_state_is_on_disk_at_once_and_numbers_soon() -> None:
    kept = Kept()
    with Heartbeat(kept, Status(state="preparing")) as beat:
        beat.update(state="training")
        assert kept.written[-1].state == "training"
        for step in range(1, 1000):
            beat.update(step=step)
        assert len(kept.written) < 20
        assert beat.status.step == 999


def test_a_disk_error_in_the_background_is_raised_by_the_next_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT", 0.01)
    kept = Kept()
    with Heartbeat(kept, Status(state="training")) as beat:
        kept.error = MtlDemoError("full")
        deadline = time.monotonic() + 60
        while beat._error is None and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(MtlDemoError, match="full"):
            beat.update(step=1)
