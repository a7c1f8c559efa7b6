"""How a training run shows itself on the terminal it was started from; training knows none of it."""

import contextlib
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self, TextIO

from mtldemo.runs import Status

LINE_EVERY = 5.0
"""Seconds between two plain lines about steps."""


class Display(AbstractContextManager, Protocol):
    """Shows where a run is (``show``, as often as one likes) and what happened (``say``)."""

    def show(self, status: Status) -> None:
        """Show the status, when it is time to."""
        ...

    def say(self, line: str) -> None:
        """Show a line that stays."""
        ...


class Quiet(AbstractContextManager):
    """Shows nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing was begun."""

    def show(self, status: Status) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        """Nothing."""


class Lines(Quiet):
    """Plain lines, for a pipe or a file."""

    def __init__(self, out: TextIO, every: float = LINE_EVERY) -> None:
        self._out, self._every, self._last = out, every, -1e9

    def show(self, status: Status) -> None:
        """A line every few seconds."""
        if time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            self.say(told(status))

    def say(self, line: str) -> None:
        """A line now. A reader that is gone or full ends no training: the run's log has every line as well."""
        with contextlib.suppress(OSError):
            print(line, file=self._out, flush=True)


class TerminalBar:
    """A progress bar with words beside it; those who show something with it say what."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        columns = TextColumn("{task.description}"), BarColumn(bar_width=30), TextColumn("{task.fields[told]}")
        self._progress = Progress(*columns, transient=True)
        self._task = self._progress.add_task("Starting", total=None, told="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def move(self, what: str, done: int, total: int, told: str) -> None:
        """Show ``done`` of ``total`` (0: not known) of ``what``, and ``told`` behind it."""
        self._progress.update(self._task, description=what, completed=done, total=total or None, told=told)

    def say(self, line: str) -> None:
        """A line above the bar."""
        self._progress.console.print(line, highlight=False, markup=False)


class Bar(TerminalBar):
    """A progress bar of a run."""

    def show(self, status: Status) -> None:
        """Move the bar."""
        if status.progress:
            what, done, total = status.progress
            self.move(what, done, total, _count(done, total))
        else:
            self.move(status.state.capitalize(), status.step, status.total_steps, "  ".join(_facts(status)))


def told(status: Status) -> str:
    """The status in one line."""
    if status.progress:
        return f"{status.progress.what}  {_count(status.progress.done, status.progress.total)}".rstrip()
    return "  ".join([status.state, *_facts(status)])


def duration(seconds: float) -> str:
    """Seconds as ``0:42``, ``3:07`` or ``2:05:09``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _facts(status: Status) -> list[str]:
    facts = []
    if status.total_steps:
        facts = [f"epoch {status.epoch}/{status.epochs}", f"step {status.step}/{status.total_steps}"]
    if status.images_per_second:
        facts.append(f"{status.images_per_second:,.0f} images/s")
    if status.eta_s is not None:
        facts.append(f"{duration(status.eta_s)} left")
    return facts


def _count(done: int, total: int) -> str:
    return f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""
