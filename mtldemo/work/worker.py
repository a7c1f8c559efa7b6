"""A study's worker: one process that does one run after the other, as its queue orders."""

import contextlib
import dataclasses
import gc
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mtldemo.config import DataConfig
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder
from mtldemo.work.interrupt import Interrupt
from mtldemo.work.session import work_on

if TYPE_CHECKING:
    from mtldemo.data.dataset import Dataset


def work(folder: Path) -> int:
    """Do the runs in ``folder``, a study's, whose names come on standard input until it ends; returns the exit code."""
    orders, pictures = Orders(), _Pictures()
    # While the queue has no order yet: this is most of a start's time.
    from mtldemo.training import loop  # noqa: F401

    while (name := orders.next()) is not None:
        run = RunFolder(folder / name)
        interrupt = Interrupt(lambda run=run: orders.over.is_set() or run.stop_requested())
        with interrupt:
            try:
                work_on(run, interrupt, load=pictures.load)
            except KeyboardInterrupt:
                raise
            except Exception as error:  # noqa: BLE001 - one run's fault is in its status and log; others go on
                _own_up(run, error)
        if interrupt.signal is not None:
            return interrupt.exit_code
        gc.collect()
    return 0


class _Pictures:
    """Loads a data set once for all runs that share it."""

    def __init__(self) -> None:
        self._known: tuple[DataConfig, Dataset] | None = None

    def load(self, config: DataConfig, **named: Any) -> "Dataset":
        from mtldemo import data

        if self._known is None or self._known[0] != config:
            self._known = config, data.load(config, **named)
        return self._known[1]


def _own_up(run: RunFolder, error: Exception) -> None:
    """A run that couldn't even begin still waits in the eyes of the queue; say that it failed."""
    with contextlib.suppress(MtlDemoError, OSError):
        if run.stored_status().state == "queued":
            if not isinstance(error, MtlDemoError):
                run.log("".join(traceback.format_exception(error)))
            run.write_status(dataclasses.replace(run.stored_status(), state="failed", message=str(error)))


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
