"""What a command is to write, looked at before its work begins: nobody waits hours to learn that there is no folder."""

import os
from pathlib import Path

from mtldemo.errors import MtlDemoError


def check_writable_file(file: Path, option: str) -> None:
    """Raise ``MtlDemoError`` where ``file``, named by ``option``, can't be written: its folder isn't there or is
    closed, or it is a folder itself."""
    if os.path.isdir(file):  # noqa: PTH112 - False, not an error, for a name that is too long
        raise MtlDemoError(f"{option}: {file} is a folder; name a file in it.")
    home = file.absolute().parent
    if not os.path.isdir(home):  # noqa: PTH112
        raise MtlDemoError(f"{option}: the folder {home} doesn't exist; make it, or choose another.")
    _check_open(home, option)


def check_writable_folder(folder: Path, option: str) -> None:
    """Raise ``MtlDemoError`` where ``folder``, named by ``option``, can't be made or written into."""
    folder = folder.absolute()
    for path in (folder, *folder.parents):
        if os.path.isdir(path):  # noqa: PTH112
            _check_open(path, option)
            return
        if os.path.lexists(path):
            raise MtlDemoError(f"{option}: {path} is a file, not a folder; choose another.")


def _check_open(folder: Path, option: str) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MtlDemoError(f"{option}: the folder {folder} may not be written into; allow it, or choose another.")
