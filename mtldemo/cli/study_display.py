"""How a study shows itself on the terminal it was started from."""

import contextlib
import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType

from mtldemo.cli.display import TerminalBar
from mtldemo.cli.output import writes_to
from mtldemo.study import StudyFolder, StudyStatus
from mtldemo.work.log_lines import clock_text

LINE_EVERY = 30.0
"""Seconds between two plain lines about progress."""


class StudyLines(AbstractContextManager):
    """Plain lines, for a pipe; nothing at all where ``silent``."""

    def __init__(self, silent: bool) -> None:
        self.silent, self._last, self._what = silent, -1e9, ""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing was begun."""

    def show(self, status: StudyStatus) -> None:
        """A line now and then."""
        what = status.progress.what if status.progress else status.state
        if what != self._what or time.monotonic() - self._last >= LINE_EVERY:
            self._what, self._last = what, time.monotonic()
            self.say(study_status_line(status))

    def say(self, line: str) -> None:
        """A line now. A reader that is gone or full ends no study: its log has every line as well."""
        if not self.silent:
            with contextlib.suppress(OSError):
                print(line, flush=True)


class StudyBar(TerminalBar):
    """A progress bar over all runs, for a terminal."""

    silent = False

    def show(self, status: StudyStatus) -> None:
        """Move the bar."""
        if status.progress:
            self.move(*status.progress, "")
        else:
            self.move(status.state.capitalize(), status.finished, status.total, "  ".join(_facts(status)))


def study_display(quiet: bool, study: StudyFolder) -> StudyLines | StudyBar:
    """What suits standard output; a launched queue's is the study's log, which has every line already."""
    own_log = writes_to(study.log_file)
    if quiet or own_log or not sys.stdout.isatty():
        return StudyLines(quiet or own_log)
    return StudyBar()


def study_status_line(status: StudyStatus) -> str:
    """The status in one line."""
    if status.progress:
        phase = status.progress
        return f"{phase.what}  {f'{phase.done:,} of {phase.total:,}' if phase.total else ''}".rstrip()
    return "  ".join([status.state, *_facts(status)])


def _facts(status: StudyStatus) -> list[str]:
    facts = [f"{status.finished} of {status.total} runs"]
    if status.failed:
        facts.append(f"{status.failed} failed")
    if status.eta_s is not None:
        facts.append(f"{clock_text(status.eta_s)} left")
    return [*facts, *([f"at {', '.join(status.running)}"] if status.running else [])]
