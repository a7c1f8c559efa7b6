"""What training writes: a checkpoint to go on from, and a model to predict with.

Both files are whole or not there: they are written beside their place and then moved onto it. Both hold checksums.
"""

import pickle
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mtldemo.errors import MtlDemoError
from mtldemo.files import write_whole
from mtldemo.model.files import load_model, save_model

__all__ = ["load", "load_model", "save", "save_model"]


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Write ``state`` (tensors, numbers, texts and containers of these) at ``path``, whole or not at all.

    Raises ``MtlDemoError`` where the disk is full or the folder cannot be written.
    """
    write_whole(path, lambda file: torch.save(dict(state), file), durable=True)


def load(path: Path, *, map_location: str = "cpu") -> dict[str, Any]:
    """Read what ``save`` wrote; nothing in the file is executed.

    Raises ``MtlDemoError`` where the file is missing, broken, not a checkpoint, or has changed by as much as a bit.
    """
    if path.exists() and not path.is_file():  # a pipe would be waited for without an end
        raise MtlDemoError(_broken(path))
    try:
        _check(path)
        state = torch.load(path, map_location=map_location, weights_only=True)
    except FileNotFoundError:
        raise MtlDemoError(f"There is no checkpoint at {path}; start the run from the beginning.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as fault:
        raise MtlDemoError(_broken(path)) from fault
    # torch.load meets a broken file with any of these, depending on the byte that is wrong.
    except (
        RuntimeError,
        pickle.UnpicklingError,
        EOFError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
    ) as fault:
        raise MtlDemoError(_broken(path)) from fault
    if not isinstance(state, dict):
        raise MtlDemoError(_broken(path))
    return state


def _check(path: Path) -> None:
    """Compare what the archive holds with the CRC-32 of each of its members, which ``torch.save`` writes and
    ``torch.load`` doesn't look at; about 1 s a GB. Raises what ``zipfile`` raises for a damaged archive."""
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"the checksum of {damaged} doesn't fit")


def _broken(path: Path) -> str:
    return f"{path} is not a whole checkpoint; delete it to start the run from the beginning."
