"""Writing that a crash can't leave half done, and a disk's errors in words."""

import errno
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mtldemo.errors import MtlDemoError, disk_is_full
from mtldemo.strict_json import strict_json

Result = TypeVar("Result")
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` about ``path`` into a ``MtlDemoError`` that says what to do."""
    try:
        yield
    except OSError as error:
        raise MtlDemoError(in_words(error, path)) from error


def in_words(error: OSError, path: Path) -> str:
    """One sentence for a failed read or write of ``path``."""
    if disk_is_full(error):
        return f"No room left on the disk for {path}; free some space and resume the run."
    if error.errno in FORBIDDEN:
        return f"{path} may not be read or written; change its permissions or choose another folder of runs."
    if isinstance(error, FileNotFoundError):
        return f"{path} is gone; was its folder moved or deleted?"
    return f"{path}: {error.strerror or error}."


def write_atomic(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``: a reader sees the old bytes or the new ones, nothing between.

    Raises ``MtlDemoError`` where the disk refuses.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    with disk_errors(path):
        try:
            temporary.write_bytes(data)
            _patiently(lambda: temporary.replace(path))
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def write_json(path: Path, value: Any) -> None:
    """Replace ``path`` by indented JSON that a person can read."""
    write_atomic(path, (strict_json(value, indent=2, ensure_ascii=False) + "\n").encode(errors="backslashreplace"))


def renamed(draft: Path, folder: Path, name: str) -> Path:
    """Move the folder ``draft`` to ``name`` in ``folder``, or ``name-2``, ``name-3`` ... where that is taken.

    ``draft`` holds files, so two can't both succeed: no system renames onto a folder that holds some. Raises
    ``MtlDemoError`` where the disk refuses.
    """
    for number in range(1, 1000):
        path = folder / (name if number == 1 else f"{name}-{number}")
        if moved(draft, path):
            return path
    raise MtlDemoError(f"{folder} has a thousand folders called {name!r}; rename some.")


def moved(draft: Path, path: Path) -> bool:
    """Rename the folder ``draft`` to ``path``; false where something is there already. See ``renamed``."""
    if path.exists():
        return False
    with disk_errors(path):
        try:
            draft.rename(path)
        except OSError:
            if path.exists():
                return False
            raise
    return True


def read_json(path: Path) -> Any:
    """The JSON in ``path``; raises ``MtlDemoError`` where it is missing or broken."""
    with disk_errors(path):
        data = _patiently(path.read_bytes)
    try:
        return json.loads(data)
    except ValueError as error:
        raise MtlDemoError(f"{path} is damaged: it isn't JSON ({error}).") from error


def _patiently(action: Callable[[], Result]) -> Result:
    """Windows refuses to replace a file while another process reads it, and the reverse; that lasts milliseconds."""
    for attempt in range(20):
        try:
            return action()
        except PermissionError:
            if os.name != "nt" or attempt == 19:
                raise
            time.sleep(0.01)
    raise AssertionError("unreachable")
