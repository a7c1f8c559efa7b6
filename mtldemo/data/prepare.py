"""Decode and resize every picture once, on all cores, into a file that is mapped into memory.

A prepared set is a folder of plain files below the cache: ``pixels.npy`` (uint8 [N, S, S, 3]), ``moments.npy`` (float64
[N, 2, 3]: each picture's mean and mean square by channel, in 0..1), ``table.csv``, ``rejects.csv``, ``duplicates.csv``,
``meta.json``, ``tasks.json`` and ``checksums.json``; the last two are lacking in older ones, which are UTKFace's. Its
name is a hash of the source's content and labels, so that a folder and the archive of it share one, and the image size.
"""

import dataclasses
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
from typing import Any

import numpy as np
import pandas as pd

from mtldemo import cores
from mtldemo.data import array_file, cache, checksums, duplicates, picture_files
from mtldemo.data.chunk import Chunk, decode_chunk
from mtldemo.data.labels.base import LabelColumns, Labels
from mtldemo.data.source import Picture, Source
from mtldemo.data.workers import Workers
from mtldemo.errors import MtlDemoError, readable
from mtldemo.progress import Progress

FORMAT = 2
"""Raised when prepared sets of older versions must not be used any more."""
FILES = ("pixels.npy", "moments.npy", "table.csv", "rejects.csv", "duplicates.csv", "meta.json")
TASKS_FILE = "tasks.json"
SPLIT, GROUP, FOLD = "given_split", "given_group", "given_fold"
"""Columns of ``table.csv`` that are there where the data set brings such a thing; see ``LabelColumns``."""
EXACT = 2**53
"""Up to which a float tells one whole number from the next."""
_CHUNK = 32
_NOTES = 20
"""Different things that were done to pictures, of which it is kept how many they were."""
_AT_HOME = 16
"""Chunks that are decoded in this process before others are started."""

is_whole = cache.IsWhole(*FILES)


def prepare(source: Source, labels: Labels, image_size: int, progress: Progress) -> Path:
    """The folder of the prepared set, made if need be. Raises ``MtlDemoError`` for what a person can fix."""
    home = cache.cache_dir() / "prepared"
    fingerprint = _fingerprint(source, labels)
    known = cache.recall(fingerprint).get("key")
    if known and is_whole(home / f"{known}-{image_size}px"):
        return home / f"{known}-{image_size}px"
    with cache.workplace(home) as work:
        key, prefix = _build(source, labels, image_size, work, progress)
        target = home / f"{key}-{image_size}px"
        cache.publish(work, target, is_whole)
    own = {"left_out": _left_out(source, labels, prefix), "ignored": source.ignored, "note": _note(source, labels)}
    cache.remember(fingerprint, key, str(source.path), **own)
    return target


def of_source(source: Source, labels: Labels) -> dict[str, Any]:
    """What is known of ``source`` alone since it was prepared, while the prepared set may be that of another one with
    the same content: ``left_out`` (name and reason each), ``ignored`` and ``note``."""
    return cache.recall(_fingerprint(source, labels))


def _fingerprint(source: Source, labels: Labels) -> str:
    mark = labels.mark()
    return f"{FORMAT}-{source.fingerprint()}" + (f"-{mark}" if mark else "")


def _left_out(source: Source, labels: Labels, prefix: str) -> list[tuple[str, str]]:
    files = [(name.removeprefix(prefix), reason) for name, reason in source.left_out]
    return files + list(labels.notes.rejected)


def _note(source: Source, labels: Labels) -> str:
    return " ".join(filter(None, [source.note, *labels.notes.questions]))


@dataclass
class _Scan:
    """What is known of the pictures so far. ``rows`` are file and hash of the used ones, ``labels`` their columns, a
    data frame for each chunk; ``rejects`` file, reason, repaired; ``contents`` the names and hashes of everything that
    was read; ``notes`` counts what was done to pictures."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    labels: list[pd.DataFrame] = field(default_factory=list)
    rejects: list[tuple[str, str, bool]] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    thumbs: list[np.ndarray] = field(default_factory=list)
    moments: list[np.ndarray] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def _build(source: Source, labels: Labels, image_size: int, work: Path, progress: Progress) -> tuple[str, str]:
    """Returns the content key, and the folders that all names begin with."""
    started = time.perf_counter()
    scan = _Scan()
    throttled = _Throttle(progress)
    with cache.writing(work.parent), (work / "pixels.npy").open("w+b") as file:
        array_file.header(file, (0, image_size, image_size, 3), np.uint8)
        read = 0
        for chunk, columns in _decoded(source, labels, image_size):
            file.write(chunk.pixels.data)
            _collect(scan, chunk, columns)
            read += len(chunk.rows)
            throttled("Preparing pictures", read, source.expected(read))
        progress("Preparing pictures", read, read)
        if not scan.rows:
            raise MtlDemoError(_nothing(source, labels, scan))
        file.seek(0)
        array_file.header(file, (len(scan.rows), image_size, image_size, 3), np.uint8)
    return _finish(source, labels, image_size, work, scan, progress, started)


def _decoded(source: Source, labels: Labels, image_size: int) -> Iterator[tuple[Chunk, LabelColumns]]:
    """Chunks with their labels, in the source's order; a few are under way at a time, so memory stays small."""
    count = cores.usable()
    waiting: deque[tuple[Future[Chunk], LabelColumns]] = deque()
    pictures = _once(source.pictures())
    with Workers(count) as workers, ThreadPoolExecutor(count, thread_name_prefix="prepare") as pool:
        try:
            for number in itertools.count():
                if not (chunk := list(itertools.islice(pictures, _CHUNK))):
                    break
                columns = labels.of([picture.name for picture in chunk])
                chunk = [
                    dataclasses.replace(picture, unlabelled=problem) if problem else picture
                    for picture, problem in zip(chunk, columns.problems, strict=True)
                ]
                # Starting processes takes longer than a few hundred pictures do.
                work = workers.decode if number >= _AT_HOME and count > 1 else decode_chunk
                waiting.append((pool.submit(work, chunk, image_size), columns))
                if len(waiting) > 2 * count:
                    yield _ended(waiting.popleft())
            while waiting:
                yield _ended(waiting.popleft())
        finally:
            for future, _ in waiting:
                future.cancel()


def _ended(work: tuple[Future[Chunk], LabelColumns]) -> tuple[Chunk, LabelColumns]:
    return work[0].result(), work[1]


def _once(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """Archives can hold several files of one name; only the first is read."""
    seen: set[str] = set()
    for picture in pictures:
        if picture.name in seen:
            picture = Picture(picture.name, problem="the archive holds another file of this name")
        seen.add(picture.name)
        yield picture


def _collect(scan: _Scan, chunk: Chunk, columns: LabelColumns) -> None:
    used = []
    for number, (name, content, reason) in enumerate(chunk.rows):
        scan.contents.append((name, content))
        if reason:
            scan.rejects.append((name, reason, False))
            continue
        used.append(number)
        scan.rows.append((name, content))
        if repair := columns.repairs[number]:
            scan.rejects.append((name, repair, True))
    brought = {SPLIT: columns.split, GROUP: columns.group, FOLD: columns.fold}
    frame = pd.DataFrame({**columns.values, **{name: values for name, values in brought.items() if values is not None}})
    scan.labels.append(frame.iloc[used])
    scan.thumbs.append(chunk.thumbs)
    scan.moments.append(chunk.moments)
    scan.notes.update(filter(None, chunk.notes))


def _finish(
    source: Source, labels: Labels, image_size: int, work: Path, scan: _Scan, progress: Progress, started: float
) -> tuple[str, str]:
    prefix = _common_folder([name for name, _ in scan.contents])
    left_out = _left_out(source, labels, prefix)
    table = pd.DataFrame(scan.rows, columns=["file", "hash"])
    table["file"] = table["file"].str.slice(len(prefix))
    rejects = pd.DataFrame(scan.rejects, columns=["file", "reason", "repaired"])
    rejects["file"] = rejects["file"].str.removeprefix(prefix)
    rejects = pd.concat([rejects, pd.DataFrame([(*item, False) for item in left_out], columns=rejects.columns)])
    table = pd.concat([table, _whole(pd.concat(scan.labels, ignore_index=True))], axis=1)
    # Rows are in the order of names, so that the same pictures in another order are the same set.
    order = np.argsort(table["file"].to_numpy(dtype=str), kind="stable")
    table = table.iloc[order].reset_index(drop=True)
    thumbs = np.concatenate(scan.thumbs)[order]
    groups = duplicates.find_groups(table["hash"].tolist(), thumbs if source.near_duplicates else None, progress)
    table["group"] = duplicates.joined(groups, table[GROUP].tolist()) if GROUP in table else groups
    alike = duplicates.disagreements(table.assign(group=groups), labels.tasks)
    key = _key(scan.contents, len(prefix), source.near_duplicates, labels.mark())
    with cache.writing(work.parent):
        array_file.reorder(work / "pixels.npy", order)
        with (work / "moments.npy").open("wb") as file:
            moments = np.concatenate(scan.moments)[order]
            array_file.header(file, moments.shape, np.float64)
            file.write(moments.data)
        table.to_csv(work / "table.csv", index=False)
        rejects.sort_values("file").to_csv(work / "rejects.csv", index=False)
        alike.to_csv(work / "duplicates.csv", index=False)
        meta = {
            "format": FORMAT,
            "key": key,
            "image_size": image_size,
            "pictures": len(table),
            "source": readable(str(source.path)),
            "name": readable(source.name),
            "near_duplicates": source.near_duplicates,
            "files": len(scan.contents),
            "ignored": source.ignored,
            "left_out": left_out,
            "note": _note(source, labels),
            "changes": dict(scan.notes.most_common(_NOTES)),
            "checksums": True,
            "seconds": round(time.perf_counter() - started, 2),
        }
        (work / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")
        (work / TASKS_FILE).write_text(json.dumps(labels.tasks.to_list(), indent=1), encoding="utf-8")
        checksums.write(work, (*FILES, TASKS_FILE))
        for name in (*FILES, TASKS_FILE, checksums.FILE):
            _settle(work / name)
    return key, prefix


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with columns of whole numbers as such, so that files read ``34`` and not ``34.0``."""
    numbers = {name: table[name].to_numpy() for name in table if table[name].dtype.kind == "f"}
    whole = [name for name, values in numbers.items() if not np.any((values % 1 > 0) | (np.abs(values) >= EXACT))]
    return table.assign(**{name: table[name].astype("Int64") for name in whole})


def _settle(path: Path) -> None:
    """Wait until a file is on the disk, so that a power cut can't leave a folder that only looks whole."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _key(contents: list[tuple[str, str]], prefix: int, near_duplicates: bool, of_labels: str) -> str:
    mark = hashlib.sha256(f"{FORMAT}:{near_duplicates}\n".encode())
    for name, content in sorted(contents):
        mark.update(f"{name[prefix:]}\0{content}\n".encode())
    mark.update(of_labels.encode())
    return mark.hexdigest()[:32]


def _common_folder(files: list[str]) -> str:
    """The folders that all names begin with, such as ``UTKFace/``; an archive's outer folder says nothing."""
    first, last = (name.split("/")[:-1] for name in (min(files), max(files)))
    shared = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(f"{part}/" for part, _ in shared)


def _nothing(source: Source, labels: Labels, scan: _Scan) -> str:
    if not scan.rejects:
        hint = "".join(f"; left out is {name}: {reason}" for name, reason in _left_out(source, labels, "")[:1])
        return f"{source.path} holds no pictures ({', '.join(picture_files.EXTENSIONS)}){hint}."
    name, reason, _ = scan.rejects[0]
    return (
        f"None of the {len(scan.rejects)} pictures in {source.path} can be used; the first, {name}: {reason}. "
        f"{labels.expected}"
    ).rstrip()


class _Throttle:
    """Passes progress on some ten times a second."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._last = progress, 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.perf_counter()
        if now - self._last >= 0.1:
            self._last = now
            self._progress(what, done, total)
