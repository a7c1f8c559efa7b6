"""What runs hold, kept so that no file is read twice: in memory, and for the next process in the cache folder.

A file that has its size and time of change from before isn't opened; a metrics file that has grown is read from where
it ended. A file that changed in the last moments before it was read may change again within the clock's tick, so it is
looked at once more. The index is only a copy: without it, or with a damaged one, everything is read again.
"""

import contextlib
import hashlib
import os
import threading
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from mtldemo.config import RunConfig
from mtldemo.data.cache import cache_dir
from mtldemo.errors import MtlDemoError
from mtldemo.files import ChangedError, read_json, write_atomic
from mtldemo.runs import Origin, RunFolder, Status, metrics_scan, notes, origin
from mtldemo.runs.folder import data_key, notice_of, own_split_of
from mtldemo.settings_json import UnknownSettingError

FORMAT = 4
"""It grows when what an earlier version kept may be more than this one would take from the files."""
SETTLED_NS = 2_000_000_000
"""Older changes than this, seen from the moment of reading, can't share a time stamp with later ones."""
FILES: tuple[str, ...] = ("config.json", "status.json", "notes.json", "data.json", origin.FILE, "metrics.jsonl")
Stamp = tuple[int, int]
"""Time of change in ns, and size; (0, 0) for no file, (-1, size) for one that is to be looked at again."""
MISSING: Stamp = (0, 0)


@dataclass
class IndexEntry:
    """What is known of one run. Texts in ``problems``, by file, say why one couldn't be read; ``unknown_setting`` is
    the one that this version doesn't know in its config, where that is why."""

    stamps: dict[str, Stamp] = field(default_factory=dict)
    config: RunConfig | None = None
    status: Status | None = None
    note: notes.Notes = field(default_factory=notes.Notes)
    origin: Origin | None = None
    data_key: str = ""
    data_notice: str = ""
    own_split: bool = False
    scan: metrics_scan.Scan = field(default_factory=metrics_scan.Scan)
    problems: dict[str, str] = field(default_factory=dict)
    unknown_setting: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    """The JSON of ``config``, ``status``, ``notes``, ``data`` and ``origin``, for the file."""


class Index:
    """The entries of the runs of one folder. Safe to be used by several threads."""

    def __init__(self, runs_dir: Path) -> None:
        digest = hashlib.sha256(str(runs_dir).encode()).hexdigest()[:24]
        self.file = cache_dir() / "runs-index" / f"{digest}.json"
        self._lock = threading.RLock()
        self._entries: dict[str, IndexEntry] = {}
        self._stored = self._read()
        self._changed = False

    def entries(self, names: Iterable[str], runs_dir: Path) -> dict[str, IndexEntry]:
        """The runs called ``names``, each as it is now: copies, since another thread may look at a run again, and what
        its files say is put together piece by piece."""
        with self._lock:
            copies = {name: _copied(self._entry(runs_dir / name)) for name in names}
            if self._changed:
                self._write(runs_dir)
                self._changed = False
            return copies

    def _entry(self, path: Path) -> IndexEntry:
        entry = self._entries.get(path.name)
        if entry is None:
            entry = self._entries[path.name] = self._revived(path.name, path)
        stamps = _stamps(path)
        if stamps != entry.stamps:
            _refresh(entry, path, stamps)
            # A run at work changes all the time; it is kept in memory, and written down when it has ended.
            self._changed |= entry.status is None or not entry.status.live
        return entry

    def _revived(self, name: str, path: Path) -> IndexEntry:
        """An entry as an earlier process left it; an empty one where there is none or it makes no sense."""
        stored = self._stored.pop(name, None)
        try:
            if stored is not None:
                return _from_json(stored, path)
        except (MtlDemoError, KeyError, TypeError, ValueError):
            pass
        return IndexEntry()

    def _read(self) -> dict[str, Any]:
        try:
            values = orjson.loads(self.file.read_bytes())
            whole = values["format"] == FORMAT and values["checksum"] == zlib.crc32(orjson.dumps(values["runs"]))
            return dict(values["runs"]) if whole else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _write(self, runs_dir: Path) -> None:
        for name in [name for name in self._entries if not (runs_dir / name).is_dir()]:
            del self._entries[name]
        values_by_name = {name: values for name, values in self._stored.items() if (runs_dir / name).is_dir()}
        values_by_name |= {name: _to_json(entry) for name, entry in self._entries.items() if _is_utf8(name, entry)}
        # Where the cache can't be written, each process reads for itself.
        with contextlib.suppress(MtlDemoError, OSError, TypeError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            header = {"format": FORMAT, "folder": str(runs_dir), "checksum": zlib.crc32(orjson.dumps(values_by_name))}
            write_atomic(self.file, orjson.dumps({**header, "runs": values_by_name}))


_INDEXES: dict[tuple[Path, Path], Index] = {}
_LOCK = threading.Lock()
MOST_INDEXES = 64


def index_of(runs_dir: Path) -> Index:
    """The index of a folder of runs, one for the whole process."""
    key = (cache_dir(), runs_dir)
    with _LOCK:
        index = _INDEXES.pop(key, None) or Index(runs_dir)
        _INDEXES[key] = index
        while len(_INDEXES) > MOST_INDEXES:
            _INDEXES.pop(next(iter(_INDEXES)))
        return index


def forget() -> None:
    """Drop what is in memory, as a new process would."""
    with _LOCK:
        _INDEXES.clear()


def _stamps(path: Path) -> dict[str, Stamp]:
    """The stamps of the files that matter; empty where the folder can't be listed."""
    stamps: dict[str, Stamp] = dict.fromkeys(FILES, MISSING)
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name in stamps:
                    state = entry.stat()
                    stamps[entry.name] = (state.st_mtime_ns, state.st_size)
    except OSError:
        return {}
    return stamps


def _refresh(entry: IndexEntry, path: Path, stamps: dict[str, Stamp]) -> None:
    """Read those files that have changed."""
    now, key_metrics = time.time_ns(), _key_metrics(entry.config)
    for file in FILES:
        stamp = stamps.get(file, MISSING)
        if file == "metrics.jsonl" and _key_metrics(entry.config) != key_metrics:
            entry.scan = metrics_scan.Scan()  # of what an epoch measured it holds other figures
        elif stamp == entry.stamps.get(file) and stamps:
            continue
        entry.problems.pop(file, None)
        try:
            _read_file(entry, path, file, there=stamp != MISSING)
        except MtlDemoError as error:
            entry.problems[file] = str(error)
            if file == "config.json" and isinstance(error, UnknownSettingError):
                entry.unknown_setting = error.setting
        entry.stamps[file] = (-1, stamp[1]) if stamp[0] > now - SETTLED_NS else stamp
    if not stamps:
        entry.stamps = {}


def _read_file(entry: IndexEntry, path: Path, file: str, *, there: bool) -> None:
    if file == "metrics.jsonl":
        known, key_metrics = entry.scan, _key_metrics(entry.config)
        entry.scan = metrics_scan.scan(path / file, known, key_metrics) if there else metrics_scan.Scan()
        return
    entry.raw.pop(file, None)
    run, changed = RunFolder(path), None
    try:
        values = read_json(path / file, names=file == "config.json") if there else None
    except ChangedError as error:
        # It is told of, and still shown; a config, which decides what the figures are of, isn't.
        values, changed = error.values, error
    if file == "config.json":
        entry.config, entry.unknown_setting = None, ""
        entry.config = _of_known_tasks(run.config(), path / file) if there else None
    elif file == "status.json":
        entry.status = None
        entry.status = Status.from_json(values) if there else None
    elif file == "data.json":
        entry.data_key = entry.data_notice = ""
        entry.data_key = data_key(values, path / file) if there else ""
        entry.data_notice, entry.own_split = notice_of(values), own_split_of(values)
    elif file == origin.FILE:
        entry.origin = None
        entry.origin = origin.from_json(values, str(path / file)) if there else None
    else:
        entry.note = notes.Notes()
        entry.note = notes.from_json(values, str(path / file)) if there else notes.Notes()
    entry.raw[file] = values
    if changed is not None:
        raise changed


def _key_metrics(config: RunConfig | None) -> dict[str, str]:
    """The metric that each task of a run is judged by; none where its config can't be read."""
    return {} if config is None else {task.name: task.metric for task in config.learned_tasks()}


def _of_known_tasks(config: RunConfig, file: Path) -> RunConfig:
    """``config``, unless it names tasks or losses that this version doesn't know: none of the other runs could be
    compared beside them. Raises ``MtlDemoError`` then."""
    try:
        config.learned_tasks()
    except MtlDemoError as error:
        raise MtlDemoError(f"{file}: {error}") from error
    return config


def _is_utf8(name: str, entry: IndexEntry) -> bool:
    """Whether the index's file can hold the entry: a folder's name, or a data set's, may be other bytes."""
    names = (name, entry.config.data.source, entry.config.model.init_from) if entry.config else (name,)
    return all(text == text.encode(errors="replace").decode() for text in names)


def _copied(entry: IndexEntry) -> IndexEntry:
    return replace(entry, stamps=dict(entry.stamps), problems=dict(entry.problems), raw=dict(entry.raw))


def _to_json(entry: IndexEntry) -> dict[str, Any]:
    # A run at work will have changed, and what this version can't read another one may.
    live = entry.status is not None and entry.status.live
    return {
        "stamps": {} if live or entry.problems else entry.stamps,
        "raw": entry.raw,
        "scan": entry.scan.to_json(),
        "problems": entry.problems,
    }


def _from_json(values: dict[str, Any], path: Path) -> IndexEntry:
    raw = values["raw"]
    entry = IndexEntry(
        stamps={file: (int(stamp[0]), int(stamp[1])) for file, stamp in values["stamps"].items()},
        scan=metrics_scan.Scan.from_json(values["scan"]),
        problems=dict(values["problems"]),
        raw=raw,
    )
    if raw.get("config.json") is not None:
        from mtldemo.config import from_dict

        entry.config = _of_known_tasks(from_dict(RunConfig, raw["config.json"]), path / "config.json")
    if raw.get("status.json") is not None:
        entry.status = Status.from_json(raw["status.json"])
    if raw.get("notes.json") is not None:
        entry.note = notes.from_json(raw["notes.json"])
    if raw.get(origin.FILE) is not None:
        entry.origin = origin.from_json(raw[origin.FILE], str(path / origin.FILE))
    if raw.get("data.json") is not None:
        entry.data_key = data_key(raw["data.json"], path / "data.json")
        entry.data_notice, entry.own_split = notice_of(raw["data.json"]), own_split_of(raw["data.json"])
    return entry
