"""Start and stop a study's queue as a process of its own, which outlives the page or the server that asked."""

import dataclasses
import time
from pathlib import Path

from mtldemo import launch
from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.study.config import StudyConfig
from mtldemo.study.folder import StudyFolder, create_study


def start_study(config: StudyConfig, *, runs_dir: Path, name: str | None = None) -> StudyFolder:
    """Create a study and start its queue; returns as soon as the folder is there.

    Raises ``MtlDemoError`` where the name is taken or the config can't be a study's. What goes wrong later is in the
    study's status.
    """
    study = create_study(runs_dir, config, name)
    resume_study(study)
    return study


def resume_study(study: StudyFolder) -> None:
    """Start a queue for what is left of the study. Raises ``MtlDemoError`` where one is at work on it already."""
    study.writable()
    status = study.status()
    if study.problem:
        raise MtlDemoError(study.problem)
    if status.live:
        raise MtlDemoError(f"The study {study.name!r} is running already; watch it, or stop it first.")
    study.clear_stop()
    (study.path / "launched.json").unlink(missing_ok=True)
    study.write_status(
        dataclasses.replace(status, state="queued", message="", eta_s=None, progress=None, updated=time.time())
    )
    process = launch.spawn(["compare", "--resume", study.name, "--runs-dir", str(study.path.parent)], study.log_file)
    study.write_launched(ProcessId.of(process.pid))


def stop_study(study: StudyFolder) -> None:
    """Ask a study's queue to stop its runs with checkpoints and end; one that isn't at work is left as it is."""
    if study.status().live:
        study.request_stop()
