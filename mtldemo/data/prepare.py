"""Decode and resize every picture once, on all cores, into a file that is mapped into memory.

A prepared set is a folder of plain files below the cache: ``pixels.npy`` (uint8 [N, S, S, 3]), ``moments.npy`` (float64
[N, 2, 3]: each picture's mean and mean square by channel, in 0..1), ``table.csv``, ``rejects.csv``, ``duplicates.csv``,
``meta.json`` and ``checksums.json``, which older ones lack. Its name is a hash of the source's content, so that a
folder and the archive of it share one, and the image size.
"""

import hashlib
import itertools
import json
import os
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from mtldemo import cores
from mtldemo.data import cache, checksums, duplicates, names
from mtldemo.data.chunk import Chunk, decode_chunk
from mtldemo.data.source import Picture, Source
from mtldemo.data.workers import Workers
from mtldemo.errors import MtlDemoError, readable
from mtldemo.progress import Progress

FORMAT = 2
"""Raised when prepared sets of older versions must not be used any more."""
FILES = ("pixels.npy", "moments.npy", "table.csv", "rejects.csv", "duplicates.csv", "meta.json")
_CHUNK = 32
_NOTES = 20
"""Different things that were done to pictures, of which it is kept how many they were."""
_AT_HOME = 16
"""Chunks that are decoded in this process before others are started."""

is_whole = cache.IsWhole(*FILES)


def prepare(source: Source, image_size: int, progress: Progress) -> Path:
    """The folder of the prepared set, made if need be. Raises ``MtlDemoError`` for what a person can fix."""
    home = cache.cache_dir() / "prepared"
    fingerprint = _fingerprint(source)
    known = cache.recall(fingerprint).get("key")
    if known and is_whole(home / f"{known}-{image_size}px"):
        return home / f"{known}-{image_size}px"
    with cache.workplace(home) as work:
        key, prefix = _build(source, image_size, work, progress)
        target = home / f"{key}-{image_size}px"
        cache.publish(work, target, is_whole)
    own = {"left_out": _left_out(source, prefix), "ignored": source.ignored, "note": source.note}
    cache.remember(fingerprint, key, str(source.path), **own)
    return target


def of_source(source: Source) -> dict[str, Any]:
    """What is known of ``source`` alone since it was prepared, while the prepared set may be that of another one with
    the same content: ``left_out`` (name and reason each), ``ignored`` and ``note``."""
    return cache.recall(_fingerprint(source))


def _fingerprint(source: Source) -> str:
    return f"{FORMAT}-{source.fingerprint()}"


def _left_out(source: Source, prefix: str) -> list[tuple[str, str]]:
    return [(name.removeprefix(prefix), reason) for name, reason in source.left_out]


@dataclass
class _Found:
    """What is known of the pictures so far. ``rows`` are file, hash, age, gender, ethnicity; ``rejects`` file, reason,
    repaired; ``contents`` the names and hashes of everything that was read; ``notes`` counts what was done to them."""

    rows: list[tuple[str, str, int, int, int]] = field(default_factory=list)
    rejects: list[tuple[str, str, bool]] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    thumbs: list[np.ndarray] = field(default_factory=list)
    moments: list[np.ndarray] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def _build(source: Source, image_size: int, work: Path, progress: Progress) -> tuple[str, str]:
    """Returns the content key, and the folders that all names begin with."""
    started = time.perf_counter()
    found = _Found()
    told = _Throttle(progress)
    with cache.writing(work.parent), (work / "pixels.npy").open("w+b") as file:
        _header(file, (0, image_size, image_size, 3), np.uint8)
        read = 0
        for chunk in _decoded(source, image_size):
            file.write(chunk.pixels.data)
            _collect(found, chunk)
            read += len(chunk.rows)
            told("Preparing pictures", read, source.expected(read))
        progress("Preparing pictures", read, read)
        if not found.rows:
            raise MtlDemoError(_nothing(source, found))
        file.seek(0)
        _header(file, (len(found.rows), image_size, image_size, 3), np.uint8)
    return _finish(source, image_size, work, found, progress, started)


def _decoded(source: Source, image_size: int) -> Iterator[Chunk]:
    """Chunks in the source's order; a few are under way at a time, so memory stays small."""
    count = cores.usable()
    waiting: deque[Future[Chunk]] = deque()
    pictures = _once(source.pictures())
    with Workers(count) as workers, ThreadPoolExecutor(count, thread_name_prefix="prepare") as pool:
        try:
            for number in itertools.count():
                if not (chunk := list(itertools.islice(pictures, _CHUNK))):
                    break
                # Starting processes takes longer than a few hundred pictures do.
                work = workers.decode if number >= _AT_HOME and count > 1 else decode_chunk
                waiting.append(pool.submit(work, chunk, image_size))
                if len(waiting) > 2 * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _once(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """Archives can hold several files of one name; only the first is read."""
    seen: set[str] = set()
    for picture in pictures:
        if picture.name in seen:
            picture = Picture(picture.name, problem="the archive holds another file of this name")
        seen.add(picture.name)
        yield picture


def _collect(found: _Found, chunk: Chunk) -> None:
    for name, content, labels, words in chunk.rows:
        found.contents.append((name, content))
        if labels is not None:
            found.rows.append((name, content, labels.age, labels.gender, labels.ethnicity))
        if words:
            found.rejects.append((name, words, labels is not None))
    found.thumbs.append(chunk.thumbs)
    found.moments.append(chunk.moments)
    found.notes.update(filter(None, chunk.notes))


def _finish(
    source: Source, image_size: int, work: Path, found: _Found, progress: Progress, started: float
) -> tuple[str, str]:
    prefix = _common_folder([name for name, _ in found.contents])
    left_out = _left_out(source, prefix)
    table = pd.DataFrame(found.rows, columns=["file", "hash", "age", "gender", "ethnicity"])
    table["file"] = table["file"].str.slice(len(prefix))
    rejects = pd.DataFrame(found.rejects, columns=["file", "reason", "repaired"])
    rejects["file"] = rejects["file"].str.removeprefix(prefix)
    rejects = pd.concat([rejects, pd.DataFrame([(*item, False) for item in left_out], columns=rejects.columns)])
    # Rows are in the order of names, so that the same pictures in another order are the same set.
    order = np.argsort(table["file"].to_numpy(dtype=str), kind="stable")
    table = table.iloc[order].reset_index(drop=True)
    thumbs = np.concatenate(found.thumbs)[order]
    table["group"] = duplicates.find_groups(
        table["hash"].tolist(), thumbs if source.near_duplicates else None, progress
    )
    groups = duplicates.disagreements(table)
    key = _key(found.contents, len(prefix), source.near_duplicates)
    with cache.writing(work.parent):
        _reorder(work / "pixels.npy", order)
        with (work / "moments.npy").open("wb") as file:
            moments = np.concatenate(found.moments)[order]
            _header(file, moments.shape, np.float64)
            file.write(moments.data)
        table.to_csv(work / "table.csv", index=False)
        rejects.sort_values("file").to_csv(work / "rejects.csv", index=False)
        groups.to_csv(work / "duplicates.csv", index=False)
        meta = {
            "format": FORMAT,
            "key": key,
            "image_size": image_size,
            "pictures": len(table),
            "source": readable(str(source.path)),
            "near_duplicates": source.near_duplicates,
            "files": len(found.contents),
            "ignored": source.ignored,
            "left_out": left_out,
            "note": source.note,
            "changes": dict(found.notes.most_common(_NOTES)),
            "checksums": True,
            "seconds": round(time.perf_counter() - started, 2),
        }
        (work / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")
        checksums.write(work, FILES)
        for name in (*FILES, checksums.FILE):
            _settle(work / name)
    return key, prefix


def _header(file: BinaryIO, shape: tuple[int, ...], kind: type) -> None:
    """NumPy's header; it keeps room for a longer count, so that it can be written again over itself.

    ``np.save`` isn't used, since on a full disk it raises an error that doesn't say so.
    """
    told = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, told)


def _reorder(path: Path, order: np.ndarray) -> None:
    """Put the rows of an array file into ``order``. Written as a file, since a full disk kills who writes a map."""
    if (np.diff(order) > 0).all():
        return
    loose = path.with_suffix(".unordered")
    path.rename(loose)
    rows = np.load(loose, mmap_mode="r")
    with path.open("wb") as file:
        _header(file, rows.shape, np.uint8)
        for start in range(0, len(order), 1024):
            file.write(rows[order[start : start + 1024]].data)
    del rows
    loose.unlink()


def _settle(path: Path) -> None:
    """Wait until a file is on the disk, so that a power cut can't leave a folder that only looks whole."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _key(contents: list[tuple[str, str]], prefix: int, near_duplicates: bool) -> str:
    mark = hashlib.sha256(f"{FORMAT}:{near_duplicates}\n".encode())
    for name, content in sorted(contents):
        mark.update(f"{name[prefix:]}\0{content}\n".encode())
    return mark.hexdigest()[:32]


def _common_folder(files: list[str]) -> str:
    """The folders that all names begin with, such as ``UTKFace/``; an archive's outer folder says nothing."""
    first, last = (name.split("/")[:-1] for name in (min(files), max(files)))
    shared = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(f"{part}/" for part, _ in shared)


def _nothing(source: Source, found: _Found) -> str:
    if not found.rejects:
        hint = "".join(f"; left out is {name}: {reason}" for name, reason in source.left_out[:1])
        return f"{source.path} holds no pictures ({', '.join(names.EXTENSIONS)}){hint}."
    name, reason, _ = found.rejects[0]
    return (
        f"None of the {len(found.rejects)} pictures in {source.path} can be used; the first, {name}: {reason}. "
        "Names must read [age]_[gender]_[race]_[date&time].jpg."
    )


class _Throttle:
    """Passes progress on some ten times a second."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._last = progress, 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.perf_counter()
        if now - self._last >= 0.1:
            self._last = now
            self._progress(what, done, total)
