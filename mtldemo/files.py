"""Writing that a crash can't leave half done, reading that no content can break, and a disk's errors in words."""

import errno
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mtldemo.errors import MtlDemoError, disk_is_full
from mtldemo.json_text import loads, opened, plain, sealed, strict_json

Result = TypeVar("Result")
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
MB = 2**20
LARGEST_JSON = 4 * MB
"""Bytes of a JSON file; those of a run take some kilobytes."""


class ChangedError(MtlDemoError):
    """A JSON file that isn't what was written, by its checksum. ``values`` are those in it."""

    def __init__(self, path: Path, values: Any) -> None:
        super().__init__(
            f"{path} has changed since it was written: its checksum differs. Bring it back from a copy, or, if you "
            "changed it yourself, delete its entry 'checksum'."
        )
        self.values = values


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


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Replace ``path`` by indented JSON that a person can read, with a checksum at its end."""
    write_atomic(path, json_bytes(values))


def json_bytes(values: Mapping[str, Any]) -> bytes:
    """What ``write_json`` writes."""
    text = strict_json(sealed(plain(values)), indent=2, ensure_ascii=False)
    return f"{text}\n".encode(errors="backslashreplace")


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


def read_json(path: Path, *, names: bool = False) -> Any:
    """The JSON in ``path``, without its checksum; ``names`` as for ``json_text.loads``.

    Raises ``ChangedError`` where that doesn't fit, any other ``MtlDemoError`` where the file is missing, no file, too
    large or not such JSON as ``json_text.loads`` reads. A file without a checksum is taken as it is.
    """
    with disk_errors(path):
        check_file(path, LARGEST_JSON)
        data = _patiently(path.read_bytes)
    try:
        values, whole = opened(loads(data, names=names))
    except ValueError as error:
        raise MtlDemoError(f"{path} is damaged: it isn't JSON ({error}).") from error
    if not whole:
        raise ChangedError(path, values)
    return values


def check_file(path: Path, largest: int) -> None:
    """Raise ``MtlDemoError`` for what would be waited for or read without an end: a pipe, a device, a file of more than
    ``largest`` bytes. Raises ``OSError`` where there is nothing, or a folder."""
    state = path.stat()
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(state.st_mode):
        raise MtlDemoError(f"{path} is damaged: it is no ordinary file.")
    if state.st_size > largest:
        raise MtlDemoError(f"{path} is damaged: it has {state.st_size / MB:,.0f} MB, more than {largest / MB:,.0f}.")


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
