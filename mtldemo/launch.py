"""Start, resume and stop training processes of their own, which outlive the page or the server that asked.

A process is told what to do by its run folder alone, and tells how it gets on by the same folder.
"""

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from mtldemo.config import RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.processes import Process, ProcessId, start_apart
from mtldemo.runs import RunFolder

COMMAND = ("-m", "mtldemo")


def start(config: RunConfig, *, runs_dir: Path, name: str | None = None) -> RunFolder:
    """Create a run and start its training process; returns as soon as the folder is there.

    Raises ``MtlDemoError`` where the name is taken or can't be one, or the disk refuses. What goes wrong later is in
    the run's status.
    """
    run = RunFolder.create(runs_dir, config, name)
    _spawn(run)
    return run


def resume(run: RunFolder) -> None:
    """Go on with a run that was stopped, failed or crashed, from its last checkpoint or else from the beginning.

    Raises ``MtlDemoError`` where it still runs or is finished.
    """
    status = run.status()
    if run.problem:
        raise MtlDemoError(f"{run.name!r} can't be resumed. {run.problem}")
    if run.busy():
        raise MtlDemoError(f"{run.name!r} is running already; watch it, or stop it first.")
    if status.state == "finished":
        raise MtlDemoError(f"{run.name!r} is finished; start a new run instead.")
    run.clear_stop()
    run.write_launched(None)
    run.write_status(
        dataclasses.replace(
            status, state="queued", message="", eta_s=None, progress=None, images_per_second=None, updated=time.time()
        )
    )
    _spawn(run)


def stop(run: RunFolder, *, force_after: float | None = None) -> None:
    """Ask a run to end after its current step, with a checkpoint; a run that isn't at work is left as it is.

    With ``force_after`` this waits so many seconds and then ends the process itself: the run goes on from its last
    checkpoint when it is resumed.
    """
    status = run.status()
    if not status.live:
        return
    run.request_stop()
    if not run.busy():  # it waits for its turn, and no process would answer
        run.write_status(dataclasses.replace(status, state="stopped", updated=time.time()))
        run.clear_stop()
        return
    if force_after is not None:
        _force(run, force_after)


def _force(run: RunFolder, grace: float) -> None:
    deadline = time.monotonic() + grace
    while run.busy() and time.monotonic() < deadline:
        time.sleep(0.1)
    status = run.stored_status()
    owner = run.launched() if status.state == "queued" else status.process
    if not run.busy() or owner is None or not owner.alive():
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(owner.pid)
        process.kill()
        psutil.wait_procs([process], timeout=5)
    run.clear_stop()
    message = "Ended by force; resume goes on from the last checkpoint."
    run.write_status(dataclasses.replace(run.stored_status(), state="stopped", message=message, updated=time.time()))


def spawn(arguments: Sequence[str], log_file: Path, *, polite: bool = True, piped: bool = False) -> Process:
    """Start ``python -m mtldemo`` with ``arguments``; see ``processes.start_apart``."""
    return start_apart([*COMMAND, *arguments], log_file, polite=polite, piped=piped)


def _spawn(run: RunFolder) -> None:
    process = spawn(["train", "--resume", run.name, "--runs-dir", str(run.runs_dir)], run.log_file)
    run.write_launched(ProcessId.of(process.pid))
