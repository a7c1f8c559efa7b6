"""Writing that a crash can't leave half done, reading that no content can break, and a disk's errors in words.

What a disk refuses is said in the same words everywhere; only what helps, such as another folder, differs.
"""

import contextlib
import errno
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from mtldemo.errors import MtlDemoError, disk_is_full
from mtldemo.json_text import loads, plain_values, sealed, strict_json, unsealed

Result = TypeVar("Result")
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
MB = 2**20
LARGEST_JSON = 4 * MB
"""Bytes of a JSON file; those of a run take some kilobytes."""
WINDOWS = os.name == "nt"
TRIES, PAUSE = 40, 0.05
"""How often a file is moved or read there while another program has it open, and the seconds between two tries."""
REMEDY = "choose another folder"


class ChangedError(MtlDemoError):
    """A JSON file that isn't what was written, by its checksum. ``values`` are those in it."""

    def __init__(self, path: Path, values: Any) -> None:
        super().__init__(
            f"{path} has changed since it was written: its checksum differs. Bring it back from a copy, or, if you "
            "changed it yourself, delete its entry 'checksum'."
        )
        self.values = values


@contextmanager
def disk_errors(path: Path, remedy: str = REMEDY) -> Iterator[None]:
    """Turn an ``OSError`` about ``path`` into a ``MtlDemoError`` of ``disk_sentence``."""
    try:
        yield
    except OSError as error:
        raise MtlDemoError(disk_sentence(error, path, remedy)) from error


def disk_sentence(error: OSError, path: Path, remedy: str = REMEDY) -> str:
    """One sentence for a failed read or write of ``path``, and for what helps."""
    if disk_is_full(error):
        return f"No room left on the disk for {path}; free some space and try again, or {remedy}."
    if error.errno in FORBIDDEN:
        return f"{path} may not be read or written; change its permissions, or {remedy}."
    if isinstance(error, FileNotFoundError):
        if path.parent.is_dir():
            return f"{path} is gone; was it moved or deleted?"
        return f"{path} can't be read or written: there is no folder {path.parent}; was it moved or deleted?"
    reason = (error.strerror or str(error)).lower()
    return f"{path} can't be read or written ({reason}); look what is there, or {remedy}."


def write_atomic(path: Path, data: bytes, *, durable: bool = False, remedy: str = REMEDY) -> None:
    """Replace ``path`` by ``data``, as ``write_whole`` does."""
    write_whole(path, lambda file: file.write(data), durable=durable, remedy=remedy)


def write_whole(
    path: Path, write: Callable[[IO[bytes]], object], *, durable: bool = False, remedy: str = REMEDY
) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then move it onto ``path``: a reader sees the old bytes or
    the new ones, nothing between.

    A crash of the program leaves one of the two; where it is ``durable`` so does a power cut, which takes some
    milliseconds more. Raises ``MtlDemoError`` where the disk refuses; ``remedy`` is what else helps then.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    with disk_errors(path, remedy):
        try:
            with _system_errors(), temporary.open("wb") as file:
                write(file)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            _patiently(lambda: temporary.replace(path))
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    if durable:
        _sync_folder(path.parent)


@contextmanager
def _system_errors() -> Iterator[None]:
    """The system's error where a library puts its own over it, as ``torch.save`` does when it closes its archive."""
    try:
        yield
    except RuntimeError as fault:
        if isinstance(fault.__context__, OSError):
            raise fault.__context__ from None
        raise


def _sync_folder(folder: Path) -> None:
    """Make the move itself survive a power cut, where the system can open a folder (Windows cannot)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Replace ``path`` by indented JSON that a person can read, with a checksum at its end."""
    write_atomic(path, json_bytes(values))


def json_bytes(values: Mapping[str, Any]) -> bytes:
    """What ``write_json`` writes."""
    text = strict_json(sealed(plain_values(values)), indent=2, ensure_ascii=False)
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
        values, whole = unsealed(loads(data, names=names))
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
    """Windows refuses to replace a file while another process reads it, and the reverse; that lasts milliseconds, or
    as long as the dashboard takes to load a model."""
    for left in reversed(range(TRIES if WINDOWS else 1)):
        try:
            return action()
        except PermissionError:
            if not left:
                raise
            time.sleep(PAUSE)
    raise AssertionError("unreachable")
