"""Standard output that may be closed, full, cut off, or unable to show a letter: none of these ends in a trace."""

import io
import os
import sys
from pathlib import Path


def prepare() -> None:
    """Have something to print to, which escapes what it can't write: file names may hold letters that a pipe's encoding
    lacks, and bytes that are no letters."""
    if sys.stdout is None:  # closed by whoever started this
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def give_up() -> None:
    """Drop what waits to be written: Python would try again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
