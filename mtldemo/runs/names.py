"""Names of runs: they are folder names, on every system."""

import re
import time

from mtldemo.config import RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model.sharing_words import sharing_name

LONGEST = 80
_ALLOWED = re.compile(r"[\w .,+=()@-]+")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def checked_name(name: str) -> str:
    """``name`` without blanks around it; raises ``MtlDemoError`` where some system couldn't have such a folder."""
    name = name.strip()
    if not name:
        raise MtlDemoError("A run's name can't be empty.")
    if len(name) > LONGEST:
        raise MtlDemoError(f"A run's name has at most {LONGEST} characters; {name[:20]!r}... has {len(name)}.")
    if not _ALLOWED.fullmatch(name):
        raise MtlDemoError(f"A run's name has letters, digits, blanks and . , + = ( ) @ _ - only; found {name!r}.")
    if name[0] in ".-" or name.endswith("."):
        raise MtlDemoError(f"A run's name can't begin with a dot or dash, nor end with a dot; found {name!r}.")
    if name.split(".")[0].strip().lower() in _RESERVED:
        raise MtlDemoError(f"{name!r} is a device's name on Windows; choose another name for the run.")
    return name


def generated_name(config: RunConfig, now: float | None = None) -> str:
    """A name that says what the run is, such as ``uncertainty-resnet18_small-20261123-034512``; the way of sharing
    stands in it where that isn't hard sharing."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    words = "-".join(filter(None, [config.weighting.strategy, sharing_name(config.sharing), config.model.backbone]))
    return checked_name(re.sub(r"[^\w-]+", "_", words)[:56].lstrip("-") + f"-{stamp}")
