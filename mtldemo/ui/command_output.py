"""What a page has the command line make: in a process of its own, with its problem in words."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mtldemo import launch
from mtldemo.errors import MtlDemoError

SAYS = "mtldemo: "
"""Begins the line in which a command says what is wrong."""


def made_by_command(arguments: Sequence[str], *, to: str, wanted: str, otherwise: str) -> bytes:
    """The content of the file ``wanted`` once ``python -m mtldemo`` with ``asked`` has written ``to`` beside it, both
    names in a folder that is gone afterwards.

    Raises ``MtlDemoError`` with what the command said, else with ``otherwise``.
    """
    with TemporaryDirectory(prefix="mtldemo-") as folder:
        log = Path(folder) / "log.txt"
        if not launch.spawn([*arguments, "--to", str(Path(folder) / to)], log, polite=False).wait():
            return (Path(folder) / wanted).read_bytes()
        log_lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    problems = [line.removeprefix(SAYS) for line in log_lines if line.startswith(SAYS)]
    raise MtlDemoError(problems[-1] if problems else otherwise)
