"""The folder of all runs and studies: list, rename, throw away and bring back."""

import os
import secrets
import time
from pathlib import Path
from typing import TypeVar

from mtldemo.errors import MtlDemoError
from mtldemo.files import disk_errors, renamed
from mtldemo.runs.folder import RunFolder
from mtldemo.runs.names import checked_name
from mtldemo.runs.work_folder import WorkFolder

TRASH = ".trash"
STUDY_FILE = "study.json"
"""A folder with this file is a study: its runs are the folders in it."""
_MARK = "~"
FolderType = TypeVar("FolderType", bound=WorkFolder)


def default_runs_dir() -> Path:
    """Where runs are kept: what ``MTLDEMO_RUNS`` says, else ``runs`` in the working folder."""
    return Path(os.environ.get("MTLDEMO_RUNS") or "runs")


def list_runs(runs_dir: Path) -> list[RunFolder]:
    """All runs, the newest first. Folders that can't be read as a run are among them: see ``RunFolder.problem``.
    Folders of a study (``STUDY_FILE``) are not: they hold runs of their own.

    Raises ``MtlDemoError`` where the folder itself can't be read; one that doesn't exist has no runs.
    """
    runs_dir = Path(runs_dir).absolute()
    if not runs_dir.exists():
        return []
    with disk_errors(runs_dir):
        runs = [RunFolder(path) for path in runs_dir.iterdir() if _is_run(path)]
    return sorted(runs, key=lambda run: (_created(run), run.name), reverse=True)


def rename(folder: FolderType, name: str) -> FolderType:
    """Give a run or study another name. Raises ``MtlDemoError`` while a process works on it, and where the name is
    taken or can't be one."""
    name = checked_name(name)
    if name == folder.name:
        return folder
    _at_rest(folder, "renamed")
    path = folder.path.parent / name
    if path.exists() and not (name.lower() == folder.name.lower() and path.samefile(folder.path)):
        raise MtlDemoError(f"There is already a run or study called {name!r}; choose another name.")
    with disk_errors(folder.path):
        folder.path.rename(path)
    return type(folder)(path)


def trash(folder: WorkFolder) -> str:
    """Move a run or study to the trash and return the token that ``restore`` brings it back by. Raises
    ``MtlDemoError`` while a process works on it."""
    _at_rest(folder, "deleted")
    token = f"{folder.name}{_MARK}{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    bin_dir = folder.path.parent / TRASH
    with disk_errors(folder.path):
        bin_dir.mkdir(exist_ok=True)
        folder.path.rename(bin_dir / token)
    return token


def restore(runs_dir: Path, token: str) -> Path:
    """Bring a run or study back from the trash, under its old name or, where that is taken, one with a number after
    it; returns its folder.

    Raises ``MtlDemoError`` where the trash holds nothing like that.
    """
    runs_dir = Path(runs_dir).absolute()
    source, name = runs_dir / TRASH / token, token.rpartition(_MARK)[0]
    if not name or Path(token).name != token or not source.is_dir():
        raise MtlDemoError(f"The trash of {runs_dir} holds no run or study {token!r}.")
    return renamed(source, runs_dir, name)


def _is_run(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".") and not (path / STUDY_FILE).exists()


def _at_rest(folder: WorkFolder, what: str) -> None:
    if not folder.path.is_dir():
        raise MtlDemoError(f"There is no {folder.KIND} {folder.name!r} any more.")
    if folder.busy():
        raise MtlDemoError(f"{folder.name!r} is running and can't be {what}; stop it first.")


def _created(run: RunFolder) -> float:
    try:
        return run.stored_status().created
    except MtlDemoError:
        return run.path.stat().st_mtime if run.path.exists() else 0.0
