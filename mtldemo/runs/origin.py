"""Where a run comes from: the study that made it, as which arm and with which seed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mtldemo.errors import MtlDemoError
from mtldemo.files import read_json, write_json

FILE = "origin.json"
LONGEST = 200
"""Characters of a study's id and of an arm's name."""


@dataclass(frozen=True)
class Origin:
    """The ``study``'s id (empty for a study that has none), the name of the ``arm`` in it, and the ``seed``."""

    study: str
    arm: str
    seed: int


def read(run: Path) -> Origin | None:
    """The origin of the run in the folder ``run``; ``None`` where it says none. Raises ``MtlDemoError`` where the file
    is damaged."""
    file = run / FILE
    return from_json(read_json(file), str(file)) if file.exists() else None


def from_json(values: Any, where: str = FILE) -> Origin:
    """The origin in ``values``, as ``write`` keeps it. Raises ``MtlDemoError`` where they are something else."""
    known = values if isinstance(values, Mapping) else {}
    study, arm, seed = (known.get(name) for name in ("study", "arm", "seed"))
    texts = isinstance(study, str) and isinstance(arm, str) and arm and max(len(study), len(arm)) <= LONGEST
    if not texts or type(seed) is not int or seed < 0:
        raise MtlDemoError(f"{where} is damaged: it doesn't hold a study, an arm and a seed; delete it to go without.")
    return Origin(str(study), str(arm), seed)


def write(run: Path, origin: Origin) -> None:
    """Keep the origin of the run in the folder ``run``. Raises ``MtlDemoError`` where the disk refuses."""
    write_json(run / FILE, asdict(origin))


def by_name(name: str, seed: int | None) -> Origin | None:
    """What the name of a study's run says that was made before runs had this file: ``uncertainty-s0`` is the arm
    ``uncertainty`` with seed 0. ``None`` where it isn't so named, or ``seed``, its config's, is another."""
    arm, sign, digits = name.rpartition("-s")
    return Origin("", arm, seed) if arm and sign and seed is not None and digits == str(seed) else None
