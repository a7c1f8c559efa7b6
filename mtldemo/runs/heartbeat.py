"""Keeps a run's status fresh while its process lives, through imports and other long silences, too."""

import dataclasses
import threading
import time
from types import TracebackType
from typing import Any, Protocol, Self

from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.runs.status import Status

BEAT = 1.5
"""Seconds between two writes of an unchanged status."""
SOONEST = 0.25  # seconds between two writes when only numbers change


class StatusFile(Protocol):
    """What a heartbeat writes to: a run folder."""

    def write_status(self, status: Status) -> None:
        """Replace the status on disk."""
        ...


class Heartbeat:
    """Owns the status of a run that this process works on; use it in a ``with`` block.

    A disk error in the background is raised by the next ``update``.
    """

    def __init__(self, run: StatusFile, status: Status) -> None:
        self._run = run
        self._status = status
        self._guard = threading.Lock()
        self._ended = threading.Event()
        self._written = 0.0
        self._error: MtlDemoError | None = None
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    @property
    def status(self) -> Status:
        """The status as last updated."""
        return self._status

    def update(self, **changes: Any) -> None:
        """Set fields of the status; a new state or message is on disk at once, numbers within a moment."""
        with self._guard:
            error, self._error = self._error, None
            if error is not None:
                raise error
            before, self._status = self._status, dataclasses.replace(self._status, **changes)
            news = (before.state, before.message) != (self._status.state, self._status.message)
            if news or time.monotonic() - self._written > SOONEST:
                self._write()

    def __enter__(self) -> Self:
        with self._guard:
            self._write()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            with self._guard:
                try:
                    self._write()
                    self._error = None
                except MtlDemoError as error:
                    self._error = error

    def _write(self) -> None:
        # The start time is asked for each time: when the clock is set, the system's answer moves with it.
        me = ProcessId.current()
        self._status = dataclasses.replace(
            self._status, pid=me.pid, pid_started=me.started, host=me.host, updated=time.time()
        )
        self._run.write_status(self._status)
        self._written = time.monotonic()
