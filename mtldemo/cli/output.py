"""Standard output that may be closed, full, cut off, or unable to show a letter: none of these ends in a trace."""

import contextlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 150
"""Columns of a table in a pipe or file, where rich would assume 80 and cut."""


def prepare_output() -> None:
    """Have something to print to, which escapes what it can't write: file names may hold letters that a pipe's encoding
    lacks, and bytes that are no letters."""
    if sys.stdout is None:  # closed by whoever started this
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def give_up() -> None:
    """Drop what waits to be written: Python would try again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table_console(width: int = WIDE) -> "Console":
    """What tables are printed on: as wide as the terminal, or ``width`` columns where there is none."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=width)


def settings_text(settings: Sequence[Mapping[str, Any]], prefix: str = "") -> str:
    """A member's settings with their defaults, as ``--set`` takes them, a line each; a dash where it has none."""
    return "\n".join(f"{prefix}{one['name']}={_default_text(one['default'])}" for one in settings) or "-"


def _default_text(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}:{item}" for name, item in value.items()) or "..."
    return ",".join(map(str, value)) if isinstance(value, list) else str(value) or "..."


def writes_to(file: Path) -> bool:
    """Whether standard output is ``file`` itself, as in a launched process: then the log has every line already."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.path.samestat(os.fstat(sys.stdout.fileno()), file.stat())
    return False
