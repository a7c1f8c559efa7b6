"""The cache folder: where it is, and how something is built there so that it is whole or not there at all."""

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import platformdirs
import psutil

from mtldemo.errors import MtlDemoError
from mtldemo.files import disk_errors, write_atomic
from mtldemo.json_text import loads
from mtldemo.paths import as_path
from mtldemo.processes import this_host

REMEDY = "name another folder in MTLDEMO_CACHE"
ABANDONED = 2 * 86_400.0
"""Seconds after which a half-built folder of an unknown machine is taken for abandoned."""


def cache_dir() -> Path:
    """The cache folder: ``MTLDEMO_CACHE`` where it is set, else the system's place for caches. May not exist yet."""
    chosen = os.environ.get("MTLDEMO_CACHE")
    return as_path(chosen).absolute() if chosen else Path(platformdirs.user_cache_dir("mtldemo", False))


def writing(folder: Path) -> AbstractContextManager[None]:
    """Say a failure to write below the cache's ``folder`` in one sentence, as ``MtlDemoError``."""
    return disk_errors(folder, REMEDY)


@contextlib.contextmanager
def workplace(parent: Path) -> Iterator[Path]:
    """A fresh folder below ``parent`` to build in; what ``publish`` has not moved away is removed at the end."""
    with writing(parent):
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=f".building-{_machine()}-{os.getpid()}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, target: Path, is_whole: "IsWhole") -> None:
    """Move a finished ``folder`` to ``target`` in one step. Where another process was first, its result is kept."""
    with writing(target.parent):
        for _ in range(3):
            if is_whole(target):
                return
            if target.exists():
                shutil.rmtree(target, ignore_errors=True)
            try:
                folder.rename(target)
            except OSError:
                # Another process may have published in this very moment; then its folder is whole, and just as good.
                if not target.exists():
                    raise
                continue
            return
        if not is_whole(target):
            raise MtlDemoError(f"The cache folder {target} is damaged and can't be replaced; delete it and try again.")


class IsWhole:
    """Whether a folder holds everything that ``names`` lists."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __call__(self, folder: Path) -> bool:
        return all((folder / name).is_file() for name in self.names)


def sweep(parent: Path) -> None:
    """Remove what killed processes left half built below ``parent``."""
    for folder in parent.glob(".building-*"):
        match = re.match(r"\.building-([0-9a-f]+)-(\d+)-", folder.name)
        with contextlib.suppress(OSError):
            ours = match is not None and match[1] == _machine()
            gone = ours and match is not None and not psutil.pid_exists(int(match[2]))
            if gone or time.time() - folder.stat().st_mtime > ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)


def mark_used(folder: Path) -> None:
    """Leave a mark that this process uses the set in ``folder``; marks of processes that are gone are taken away."""
    marks_folder(folder).mkdir(parents=True, exist_ok=True)
    (marks_folder(folder) / f"{_machine()}-{os.getpid()}").touch()
    for mark in marks(folder):
        if not _lives(mark):
            mark.unlink(missing_ok=True)


def in_use(folder: Path) -> bool:
    """Whether a living process uses the set in ``folder``."""
    return any(map(_lives, marks(folder)))


def marks(folder: Path) -> list[Path]:
    """The marks of those that used the set in ``folder``; each file's time is when it was last opened."""
    return list(marks_folder(folder).glob("*"))


def marks_folder(folder: Path) -> Path:
    """Where the marks of a set lie: ``used/<kind>-<set>`` in the cache, since what lies in a set is data."""
    return folder.parent.parent / "used" / f"{folder.parent.name}-{folder.name}"


def _lives(mark: Path) -> bool:
    machine, _, pid = mark.name.partition("-")
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        if machine != _machine():
            return time.time() - mark.stat().st_mtime < ABANDONED
        # A process that began after the mark has only got the same number.
        return psutil.Process(int(pid)).create_time() <= mark.stat().st_mtime + 2
    return False


def write_values(path: Path, values: Any) -> None:
    """Write ``values`` at once: a reader sees the old file or the new one."""
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps(values, indent=1).encode(), remedy=REMEDY)


def read_values(path: Path, default: Any) -> Any:
    """The values in ``path``, or ``default`` where it is missing or unreadable (it is a cache: it can be rebuilt)."""
    try:
        return loads(path.read_bytes(), names=True)
    except (OSError, ValueError):
        return default


def recall(fingerprint: str) -> dict[str, Any]:
    """What ``remember`` kept of a source with this fingerprint when it was last read; empty where nothing is."""
    values = read_values(cache_dir() / "sources" / f"{fingerprint}.json", {})
    return values if isinstance(values, dict) else {}


def remember(fingerprint: str, key: str, source: str, **facts: Any) -> None:
    """Keep a source's content key, so that the next start needn't read the source, and ``facts`` on this source alone:
    others may have the same content."""
    write_values(cache_dir() / "sources" / f"{fingerprint}.json", {"key": key, "source": source, **facts})


def _machine() -> str:
    return f"{zlib.crc32(this_host().encode()):08x}"
