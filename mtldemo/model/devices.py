"""Which device there is to compute on. Imports torch."""

import torch

from mtldemo.errors import MtlDemoError


def device_named(wanted: str) -> str:
    """``cpu``, ``cuda`` or ``mps``; for ``auto`` the fastest kind that is there.

    Raises ``MtlDemoError`` for one that isn't there, or that is unknown.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there.get(wanted, False):
        available = ", ".join(name for name, is_there in there.items() if is_there)
        raise MtlDemoError(f"device: {wanted!r} isn't available here; choose from {available} or auto.")
    return wanted
