"""From a folder, an archive or drawn portraits to pixels that a network can read at once.

Everything here is imported on first use, so that ``import mtldemo.data`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtldemo.data.cache import cache_dir
    from mtldemo.data.dataset import Dataset
    from mtldemo.data.known import add_source, add_upload, known_faces, known_sources
    from mtldemo.data.loading import load

__all__ = ["Dataset", "add_source", "add_upload", "cache_dir", "known_faces", "known_sources", "load"]

_HOMES = {
    "Dataset": "dataset",
    "add_source": "known",
    "add_upload": "known",
    "cache_dir": "cache",
    "known_faces": "known",
    "known_sources": "known",
    "load": "loading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
