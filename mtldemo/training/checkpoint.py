"""What training writes: a checkpoint to go on from, and a model to predict with.

Both files are whole or not there: they are written beside their place and then moved onto it.
"""

import contextlib
import errno
import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor

from mtldemo.errors import MtlDemoError


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Write ``state`` (tensors, numbers, texts and containers of these) at ``path``, whole or not at all.

    Raises ``MtlDemoError`` where the disk is full or the folder cannot be written.
    """
    _write(path, lambda file: torch.save(dict(state), file))


def load(path: Path, *, map_location: str = "cpu") -> dict[str, Any]:
    """Read what ``save`` wrote; nothing in the file is executed.

    Raises ``MtlDemoError`` where the file is missing, broken or not a checkpoint.
    """
    try:
        state = torch.load(path, map_location=map_location, weights_only=True)
    except FileNotFoundError:
        raise MtlDemoError(f"There is no checkpoint at {path}; start the run from the beginning.") from None
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


def save_model(path: Path, weights: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a model's ``weights`` by name and ``metadata`` (such as the config as JSON) as safetensors.

    Raises ``MtlDemoError`` where the disk is full or the folder cannot be written.
    """
    # safetensors keeps values, not memory layouts, and refuses tensors that share memory.
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    content = serialize(plain, dict(metadata))
    _write(path, lambda file: file.write(content))


def load_model(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read what ``save_model`` wrote: the weights on the CPU, and the metadata.

    Raises ``MtlDemoError`` where the file is missing or not a safetensors file.
    """
    if not path.is_file():
        raise MtlDemoError(f"There is no model at {path}; train one or choose another file.")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError) as fault:
        raise MtlDemoError(f"{path} is not a whole safetensors file; train again or choose another file.") from fault


def _write(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, bring it to the disk, then move it onto ``path``."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with temporary.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except RuntimeError as fault:
            # torch.save puts an error of its own over the system's when it closes its archive.
            if isinstance(fault.__context__, OSError):
                raise fault.__context__ from None
            raise
    except OSError as fault:
        raise MtlDemoError(_unwritable(path, fault)) from fault
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the move itself survive a power cut, where the system can open a folder (Windows cannot)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritable(path: Path, fault: OSError) -> str:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{path} could not be written: the disk is full; free some space, then resume the run."
    reason = (fault.strerror or str(fault)).lower()
    return f"{path} could not be written: {reason}; make its folder writable or choose another, then resume the run."


def _broken(path: Path) -> str:
    return f"{path} is not a whole checkpoint; delete it to start the run from the beginning."
