"""What was measured on this machine, remembered in the cache folder, so that the same run computes in the same way."""

import contextlib
import json
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import torch

from mtldemo.data.cache import cache_dir
from mtldemo.errors import MtlDemoError
from mtldemo.files import write_atomic
from mtldemo.json_text import loads

Speeds = dict[str, float]


def remembered(
    question: Sequence[object], measured: Callable[[], Speeds], *, sure: Callable[[], bool] = lambda: True
) -> Speeds:
    """The speeds by choice for a ``question``, from the first time on this machine with this version of torch, else
    ``measured`` now. They are kept where they are ``sure``, and where the cache folder can be written."""
    file = cache_dir() / "speeds.json"
    machine = (
        torch.__version__,
        platform.node(),
        platform.machine(),
        torch.backends.cpu.get_cpu_capability(),
        psutil.cpu_count(),
    )
    key = " ".join(str(part) for part in (*machine, *question))
    table = _read(file)
    if _are_speeds(table.get(key)):
        return table[key]
    speeds = measured()
    if sure():
        with contextlib.suppress(MtlDemoError, OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            # Read again: another run may have measured meanwhile. What came first stays.
            table = _read(file)
            speeds = table[key] = table[key] if _are_speeds(table.get(key)) else speeds
            write_atomic(file, json.dumps(table, indent=2).encode())
    return speeds


def _read(file: Path) -> dict[str, Any]:
    """The table; empty where there is none, or where it is damaged: then it is measured anew."""
    try:
        table = loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}


def _are_speeds(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and isinstance(speed, float) and 0 < speed < float("inf") for name, speed in value.items()
    )
