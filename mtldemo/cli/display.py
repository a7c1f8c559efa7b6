"""How a training run shows itself on the terminal it was started from; training knows none of it."""

import contextlib
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self, TextIO

from mtldemo.runs import Status
from mtldemo.work.log_lines import count_text, progress_facts, status_line
from mtldemo.work.watcher import NullWatcher, Watcher

LINE_EVERY = 5.0
"""Seconds between two plain lines about steps."""


class Display(AbstractContextManager, Watcher, Protocol):
    """A watcher that a terminal is given to for a while."""


class SilentDisplay(NullWatcher, AbstractContextManager):
    """Shows nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing was begun."""


class LineDisplay(SilentDisplay):
    """Plain lines, for a pipe or a file."""

    def __init__(self, out: TextIO, every: float = LINE_EVERY) -> None:
        self._out, self._every, self._last = out, every, -1e9

    def show(self, status: Status) -> None:
        """A line every few seconds."""
        if time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            self.say(status_line(status))

    def say(self, line: str) -> None:
        """A line now. A reader that is gone or full ends no training: the run's log has every line as well."""
        with contextlib.suppress(OSError):
            print(line, file=self._out, flush=True)


class TerminalBar:
    """A progress bar with words beside it; those who show something with it say what."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        columns = TextColumn("{task.description}"), BarColumn(bar_width=30), TextColumn("{task.fields[detail]}")
        self._progress = Progress(*columns, transient=True)
        self._task = self._progress.add_task("Starting", total=None, detail="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def move(self, what: str, done: int, total: int, detail: str) -> None:
        """Show ``done`` of ``total`` (0: not known) of ``what``, and ``detail`` behind it."""
        self._progress.update(self._task, description=what, completed=done, total=total or None, detail=detail)

    def say(self, line: str) -> None:
        """A line above the bar."""
        self._progress.console.print(line, highlight=False, markup=False)


class BarDisplay(TerminalBar):
    """A progress bar of a run."""

    def show(self, status: Status) -> None:
        """Move the bar."""
        if status.progress:
            what, done, total = status.progress
            self.move(what, done, total, count_text(done, total))
        else:
            self.move(status.state.capitalize(), status.step, status.total_steps, "  ".join(progress_facts(status)))
