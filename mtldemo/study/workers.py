"""The queue's handle on a worker, whose own side is ``mtldemo.work.worker``.

A worker is a process that does one run after the other, so that the imports and the prepared pictures are paid once.
It reads names of runs from its standard input. The end of that input, which comes with the queue's own end however
sudden, asks it to stop its run with a checkpoint.
"""

import contextlib
import dataclasses
import time

import psutil

from mtldemo.processes import ProcessId, start_apart
from mtldemo.runs import RunFolder
from mtldemo.study.folder import StudyFolder


class Worker:
    """The queue's handle on one process. ``run`` is what it was last given and hasn't been seen to end."""

    def __init__(self, study: StudyFolder) -> None:
        arguments = ["-m", "mtldemo.work", str(study.path)]
        self._process = start_apart(arguments, study.log_file, polite=False, piped=True)
        self._id = ProcessId.of(self._process.pid)
        self.run: RunFolder | None = None

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether its process still runs."""
        return self._process.poll() is None and self._id.alive()

    def give(self, run: RunFolder) -> None:
        """Let it do ``run``, from its checkpoint where there is one. ``alive`` tells of a worker that is gone."""
        fresh = dataclasses.replace(run.stored_status(), state="queued", message="", eta_s=None, progress=None)
        run.clear_stop()
        run.write_launched(self._id)
        run.write_status(dataclasses.replace(fresh, images_per_second=None, updated=time.time()))
        self.run = run
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.write(f"{run.name}\n".encode())
            self._process.stdin.flush()

    def end(self) -> None:
        """Ask it to stop its run, if it has one, and to end; returns at once."""
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()

    def wait(self, deadline: float) -> None:
        """Wait for its end until ``deadline`` (of ``time.monotonic``), then end it by force."""
        while self.alive and time.monotonic() < deadline:
            time.sleep(0.05)
        if self.alive:
            with contextlib.suppress(psutil.Error):
                psutil.Process(self.pid).kill()
