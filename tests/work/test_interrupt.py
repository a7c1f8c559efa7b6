import os
import signal
import time
from types import SimpleNamespace

import pytest

from mtldemo.work import interrupt
from mtldemo.work.interrupt import Interrupt

posix = pytest.mark.skipif(os.name == "nt", reason="a process can't send itself Ctrl-C there")


def test_nothing_asks_at_first_and_then_the_file_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "LOOK_EVERY", 0.0)
    there = False
    with Interrupt(lambda: there) as asked:
        assert not asked()
        there = True
        assert asked()
        there = False
        assert asked(), "it isn't taken back"
        assert asked.exit_code == 0


def test_looks_for_the_file_now_and_then_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now, looks = [0.0], []
    monkeypatch.setattr(interrupt, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with Interrupt(lambda: bool(looks.append(1))) as asked:
        for _ in range(1000):
            asked()
            now[0] += interrupt.LOOK_EVERY / 400
    assert len(looks) == 3


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_is_remembered_and_the_next_one_acts_as_before(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    seen = []
    signal.signal(number, lambda *_: seen.append(1))
    try:
        with Interrupt(lambda: False) as asked:
            os.kill(os.getpid(), number)
            time.sleep(0)
            assert asked()
            assert asked.exit_code == code
            assert not seen
            os.kill(os.getpid(), number)
            time.sleep(0)
            assert seen
    finally:
        signal.signal(number, before)
