"""The run folder: create, append, read from an offset, status, list, rename, trash. Imports no torch."""

from mtldemo.runs.folder import RunFolder
from mtldemo.runs.heartbeat import Heartbeat
from mtldemo.runs.library import STUDY_FILE, default_runs_dir, list_runs, rename, restore, trash
from mtldemo.runs.lock import locked
from mtldemo.runs.metrics import Reading
from mtldemo.runs.names import checked_name, generated_name
from mtldemo.runs.origin import Origin
from mtldemo.runs.status import LIVE, STATES, WORKING, Phase, Status
from mtldemo.runs.summary import Summary
from mtldemo.runs.work_folder import WorkFolder

__all__ = [
    "LIVE",
    "STATES",
    "STUDY_FILE",
    "WORKING",
    "Heartbeat",
    "Origin",
    "Phase",
    "Reading",
    "RunFolder",
    "Status",
    "Summary",
    "WorkFolder",
    "checked_name",
    "default_runs_dir",
    "generated_name",
    "list_runs",
    "locked",
    "rename",
    "restore",
    "trash",
]
