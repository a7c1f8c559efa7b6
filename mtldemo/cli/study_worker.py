"""A study's worker: one process that does one run after the other, as its queue orders."""

import contextlib
import dataclasses
import gc
import traceback
from typing import TYPE_CHECKING, Any

from mtldemo.cli.display import Quiet
from mtldemo.cli.interrupt import Interrupt
from mtldemo.cli.session import work_on
from mtldemo.config import DataConfig
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder
from mtldemo.study import StudyFolder
from mtldemo.study.workers import Orders

if TYPE_CHECKING:
    from mtldemo.data.dataset import Dataset


def work(study: StudyFolder) -> int:
    """Do the runs whose names come on standard input until it ends; returns the exit code."""
    orders, pictures = Orders(), _Pictures()
    # While the queue has no order yet: this is most of a start's time.
    from mtldemo.training import loop  # noqa: F401

    while (name := orders.next()) is not None:
        run = RunFolder(study.path / name)
        asked = Interrupt(lambda run=run: orders.over.is_set() or run.stop_requested())
        with asked:
            try:
                work_on(run, Quiet(), asked, pictures.load)
            except KeyboardInterrupt:
                raise
            except Exception as error:  # noqa: BLE001 - one run's fault is in its status and log; others go on
                _own_up(run, error)
        if asked.signal is not None:
            return asked.exit_code
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
