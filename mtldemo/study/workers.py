"""The two ends of a worker: the queue's handle on it, and the loop that it runs.

A worker is a process that does one run after the other, so that the imports and the prepared pictures are paid once.
It reads names of runs from its standard input. The end of that input, which comes with the queue's own end however
sudden, asks it to stop its run with a checkpoint.
"""

import contextlib
import dataclasses
import queue
import sys
import threading
import time
from typing import BinaryIO

import psutil

from mtldemo import launch
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder
from mtldemo.study.folder import StudyFolder


class Worker:
    """The queue's handle on one process. ``run`` is what it was last given and hasn't been seen to end."""

    def __init__(self, study: StudyFolder) -> None:
        arguments = ["compare", "--work", study.name, "--runs-dir", str(study.path.parent)]
        self._process = launch.spawn(arguments, study.log_file, polite=False, piped=True)
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


class Orders:
    """What the queue wrote to this worker process, read in the background."""

    def __init__(self, source: BinaryIO | None = None) -> None:
        self._source = sys.stdin.buffer if source is None else source
        self._names: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.over = threading.Event()
        threading.Thread(target=self._read, name="orders", daemon=True).start()

    def next(self) -> str | None:
        """The next run's name, waited for; ``None`` when there will be none."""
        name = self._names.get()
        return None if self.over.is_set() else name

    def _read(self) -> None:
        for line in self._source:
            self._names.put(line.decode().strip())
        self.over.set()
        self._names.put(None)
