"""Requests to stop: Ctrl-C, a signal to end, or the run's stop file."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

LOOK_EVERY = 0.1  # seconds between two looks for the file; a network disk answers slowly
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Interrupt:
    """Callable: whether the run should end after its current step. Use it in a ``with`` block.

    The first signal is remembered; a second one does what it did before, at once. A closed terminal stays ignored where
    ``nohup`` asked for that.
    """

    def __init__(self, stop_file: Callable[[], bool]) -> None:
        self._stop_file = stop_file
        self._looked = -1e9
        self._stop_file_seen = False
        self._before: dict[int, Any] = {}
        self.signal: int | None = None

    def __call__(self) -> bool:
        if self.signal is not None or self._stop_file_seen:
            return True
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._stop_file_seen = self._stop_file()
        return self._stop_file_seen

    @property
    def exit_code(self) -> int:
        """What a process that ended for this reason returns: 0 for the file, 128 and the signal's number else."""
        return 0 if self.signal is None else 128 + self.signal

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for name in _NAMES:
                number = getattr(signal, name, None)
                if number is None or (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
                    continue
                if signal.getsignal(number) is not None:  # None: not set from Python, so it can't be set back
                    self._before[number] = signal.signal(number, self._remember)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _remember(self, number: int, _: FrameType | None) -> None:
        self.signal = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
