"""What the cache holds, who uses it, and how it is emptied: prepared sets and drawn portraits can be made again.

Each process that opens a set leaves a mark, ``used/<kind>-<set>/<machine>-<pid>``. A set is in use while such a
process lives; another machine's counts for two days. Uploaded archives are a person's own and are never removed here.
"""

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtldemo.data import cache, loading, picture_files, prepare
from mtldemo.data.drawn import shapes
from mtldemo.data.source import SHAPES, SYNTHETIC

KINDS = ("prepared", "drawn")
"""Folders of the cache whose content can be made again."""
DAY = 86_400.0


@dataclass(frozen=True)
class CachedSet:
    """A set in the cache. ``kind`` is one of ``KINDS``, ``size`` bytes, ``used`` the epoch seconds when it was last
    opened, ``image_size`` 0 for portraits that are drawn only."""

    kind: str
    folder: Path
    source: str
    pictures: int
    image_size: int
    size: int
    used: float
    in_use: bool


def cached_sets() -> list[CachedSet]:
    """The whole sets in the cache, the last used first."""
    return sorted(_whole_sets(), key=lambda one: one.used, reverse=True)


def clear(*, unused_for: float = 0.0) -> tuple[list[CachedSet], list[CachedSet]]:
    """Remove the sets that nothing uses and that were not opened for ``unused_for`` seconds, and what killed processes
    left half made. Returns those removed and those left.

    Raises ``MtlDemoError`` where the cache can't be written.
    """
    removed, left = [], []
    for one in cached_sets():
        gone = not one.in_use and time.time() - one.used >= unused_for and _remove(one.folder)
        (removed if gone else left).append(one)
    for kind in KINDS:
        cache.sweep(cache.cache_dir() / kind)
    return removed, left


def _whole_sets() -> Iterator[CachedSet]:
    for kind, is_whole in zip(KINDS, (prepare.is_whole, loading.is_drawn), strict=True):
        for folder in (cache.cache_dir() / kind).glob("[!.]*"):
            if not is_whole(folder):
                continue
            with contextlib.suppress(OSError):  # removed in this moment
                meta = cache.read_values(folder / "meta.json", {})
                files = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
                marks = [mark.stat().st_mtime for mark in cache.marks(folder)]
                yield CachedSet(
                    kind,
                    folder,
                    _source(kind, folder, meta),
                    int(meta.get("pictures", sum(picture_files.is_picture(path.name) for path in files))),
                    int(meta.get("image_size", 0)),
                    sum(file.st_size for file in files.values()),
                    max([folder.stat().st_mtime, *marks]),
                    cache.in_use(folder),
                )


def _source(kind: str, folder: Path, meta: dict[str, Any]) -> str:
    """Where a set is from: a path, or the name of a built-in set."""
    if kind == "drawn":
        return SHAPES if (folder / shapes.MANIFEST).exists() else SYNTHETIC
    path = str(meta.get("source", SYNTHETIC))
    # Sets from before there were shapes don't say which of the drawn ones they are of.
    return str(meta.get("name", SYNTHETIC)) if Path(path).parent.name == "drawn" else path


def _remove(folder: Path) -> bool:
    """Move a set away in one step, so that nobody meets half of it, then delete it; false where it can't be moved, as
    on Windows while a process has it open."""
    with cache.workplace(folder.parent) as work:
        try:
            folder.rename(work / folder.name)
        except OSError:
            return False
    shutil.rmtree(cache.marks_folder(folder), ignore_errors=True)
    return True
