"""A prepared data set: pixels mapped into memory, labels, groups and the split."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.config import DataConfig
from mtldemo.data import cache, checksums, duplicates
from mtldemo.data.prepare import FOLD, GROUP, SPLIT, TASKS_FILE
from mtldemo.data.source import SHAPES, SYNTHETIC
from mtldemo.data.split import NONE, SPLITS, brought, by_fold, leaks, split, split_once
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import loads
from mtldemo.tasks import REGRESSION, UTKFACE, TaskSet

REMADE = "The prepared pictures were damaged on the disk, so they were made again from the data set."
_LISTED = 3
"""Reasons that a notice tells one by one."""


class DamagedError(MtlDemoError):
    """A prepared folder that can't be read; it can be made again."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Pictures with labels, ready to be read.

    ``tasks`` are what its pictures carry labels for. ``pixels`` uint8 [N, S, S, 3] RGB, read-only. ``table`` has a row
    for each, in the same order: file, hash, a column for each task (float64: a number in the task's unit, or the index
    of a class; NaN where there is no label), group (int64; alike pictures, and those of one person, share one), split
    (``train``, ``val``, ``test``, or, for a picture in none, ``copy`` where another one has the same bytes and labels
    and ``none`` where the data set's own split leaves it out). ``counted`` are the rows in a split, ``copies`` counts
    those with the bytes and labels of an earlier row. ``rejects``: file, reason, repaired (kept after a repair).
    ``duplicates``: see
    ``duplicates.disagreements``; copies that don't count aren't in it. ``mean`` and ``std`` (RGB, 0..1) are of the
    training pictures. ``key`` [32 hex digits] tells the content, ``files`` counts the pictures found, ``ignored`` the
    other files; ``note`` says in words what was chosen in reading them, ``changes`` how many were changed in which way,
    ``remade`` whether they had to be prepared again since what was prepared was damaged. ``own_split`` says whether
    the data set brought its split, ``pictures`` whether they are of ``faces`` or taken ``whole`` (empty where the tasks
    must say it). ``folder`` is the cache's folder of all this.
    """

    name: str
    key: str
    source: str
    pixels: np.ndarray
    table: pd.DataFrame
    rejects: pd.DataFrame
    duplicates: pd.DataFrame
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    files: int = 0
    ignored: int = 0
    folder: Path | None = None
    copies: int = 0
    note: str = ""
    changes: Mapping[str, int] = field(default_factory=dict)
    remade: bool = False
    tasks: TaskSet = UTKFACE
    own_split: bool = False
    pictures: str = ""

    @property
    def notice(self) -> str:
        """What a person must know about the data before learning from it, or an empty text."""
        notices = (
            self.drawn_notice,
            self.remade_notice,
            self.note,
            self.split_notice,
            self.copies_notice,
            self.changes_notice,
        )
        return " ".join(filter(None, notices))

    @property
    def reading_notice(self) -> str:
        """What was chosen, left out, counted once or changed in reading the data, or an empty text."""
        notices = (self.note, self.split_notice, self.left_out_notice, self.copies_notice, self.changes_notice)
        return " ".join(filter(None, notices))

    @property
    def left_out_notice(self) -> str:
        """What was left out, by its reason, or an empty text."""
        reasons = self.rejects.loc[~self.rejects["repaired"].astype(bool), "reason"]
        if reasons.empty:
            return ""
        what = "1 file or folder was" if len(reasons) == 1 else f"{len(reasons):,} files or folders were"
        return f"{what} left out: {_most_common(Counter(reasons.tolist()))}."

    @property
    def changes_notice(self) -> str:
        """What was done to pictures in reading them, such as that their colours were converted, or an empty text."""
        if not self.changes:
            return ""
        changed = sum(self.changes.values())
        what = "picture was" if changed == 1 else "pictures were"
        return f"{changed:,} of {len(self.table):,} {what} read with a note: {_most_common(self.changes)}."

    @property
    def drawn_notice(self) -> str:
        """What drawn pictures mean, or an empty text."""
        if self.source not in (SYNTHETIC, SHAPES):
            return ""
        from mtldemo.data import synthetic
        from mtldemo.data.drawn import shapes

        return {SYNTHETIC: synthetic.NOTICE, SHAPES: shapes.NOTICE}[self.source]

    @property
    def remade_notice(self) -> str:
        """That the prepared pictures were made again, or an empty text."""
        return REMADE if self.remade else ""

    @property
    def split_notice(self) -> str:
        """Whose split it is, where the data set brought it, and what it leaks, or an empty text."""
        if not self.own_split:
            return ""
        out = self.table["split"].tolist().count(NONE)
        left = f", which leaves {out:,} of its pictures out" if out else ""
        torn = leaks(self.table)
        if torn.empty:
            return f"The split is the data set's own{left}."
        return (
            f"The split is the data set's own{left}; {len(torn):,} pictures of {torn['group'].nunique():,} groups "
            "(alike pictures, or those of one person) are on more than one side of it, so that results on the test "
            "pictures may be too good."
        )

    @property
    def copies_notice(self) -> str:
        """How pictures count that are there several times, or an empty text."""
        if not self.copies:
            return ""
        are = "is a copy of another" if self.copies == 1 else "are copies of others"
        same = f"{self.copies:,} of {len(self.table):,} pictures {are}, byte for byte and with the same labels"
        if len(self) == len(self.table):
            return f"{same}; each counts, as the setting for identical copies says."
        return f"{same}: a picture counts once, and its copies are in no split."

    @property
    def counted(self) -> pd.DataFrame:
        """The rows of ``table`` that are in a split."""
        return self.table.loc[self.table["split"].isin(SPLITS)]

    @property
    def image_size(self) -> int:
        """Side of the pictures in pixels."""
        return int(self.pixels.shape[1])

    def __len__(self) -> int:
        """How many pictures are in a split."""
        return len(self.counted)

    def indices(self, split: str) -> np.ndarray:
        """Rows [n] (int64, rising) of a split: ``train``, ``val`` or ``test``."""
        return np.flatnonzero((self.table["split"] == split).to_numpy())

    def labels(self, task: str, indices: np.ndarray | None = None) -> np.ndarray:
        """Labels [n] of a task, by name: float32 in its unit for a regression, int64 classes else; zero where there is
        none. Of all rows without ``indices``."""
        kind = np.float32 if self.tasks.named(task).kind == REGRESSION else np.int64
        values = np.nan_to_num(self._column(task, indices), nan=0.0)
        return values.astype(kind)

    def present(self, task: str, indices: np.ndarray | None = None) -> np.ndarray:
        """Which pictures [n] (bool) have a label of the task; of all rows without ``indices``."""
        return np.isfinite(self._column(task, indices))

    def _column(self, task: str, indices: np.ndarray | None) -> np.ndarray:
        values = self.table[task].to_numpy(dtype=np.float64)
        return values if indices is None else values[indices]


def _most_common(counts: Mapping[str, int]) -> str:
    """The most common texts with their counts; the others are counted."""
    common = Counter(counts).most_common(_LISTED)
    rest = sum(counts.values()) - sum(count for _, count in common)
    return ", ".join([*(f'{count:,} x "{text}"' for text, count in common), *([f"{rest:,} x another"] if rest else [])])


def read(folder: Path, config: DataConfig, name: str, of_source: Mapping[str, Any] = MappingProxyType({})) -> Dataset:
    """The prepared set in ``folder``, split as ``config`` says; ``of_source`` has what is known of this source alone
    (see ``prepare.of_source``). Raises ``DamagedError`` where it is damaged."""
    try:
        if harmed := checksums.changed(folder):
            raise ValueError(f"{harmed} isn't what was written")
        meta = cache.read_values(folder / "meta.json", {})
        if meta.get("checksums") and not (folder / checksums.FILE).is_file():
            raise ValueError(f"{checksums.FILE} is gone")
        pixels = np.load(folder / "pixels.npy", mmap_mode="r")
        moments = np.load(folder / "moments.npy")
        tasks = _tasks(folder / TASKS_FILE)
        table = _read_csv(folder / "table.csv", tasks.names)
        rejects = _read_csv(folder / "rejects.csv")
        if "left_out" in of_source and "left_out" in meta:
            rejects = _with_left_out(rejects, meta["left_out"], of_source["left_out"])
        groups = _read_csv(folder / "duplicates.csv")
        # A file that was tampered with shows here, not in the middle of a run.
        table = table.astype({**dict.fromkeys(tasks.names, np.float64), "group": np.int64})
        side, count = int(meta["image_size"]), int(meta["pictures"])
        shapes = {"pixels": (count, side, side, 3), "moments": (count, 2, 3), "table": (count,)}
        actual = {"pixels": pixels.shape, "moments": moments.shape, "table": table["hash"].shape}
        if actual != shapes or pixels.dtype != np.uint8 or folder.name != f"{meta['key']}-{side}px":
            raise ValueError(f"the files don't fit each other: {actual}")
    except Exception as error:
        # NumPy and pandas raise errors of many kinds for what isn't theirs.
        raise DamagedError(f"The prepared data in {folder} is damaged; delete that folder and start again.") from error
    copies = duplicates.copies(table, tasks)
    once = config.copies == "once"
    table, own = _split(table, tasks, config)
    if once and copies.any():
        groups = duplicates.disagreements(table.loc[~copies], tasks)
    first, second = moments[(table["split"] == "train").to_numpy()].mean(0)
    std = np.sqrt(np.maximum(second - first**2, 1e-6))
    return Dataset(
        name=name,
        key=meta["key"],
        source=config.source,
        pixels=pixels,
        table=table,
        rejects=rejects,
        duplicates=groups,
        mean=(float(first[0]), float(first[1]), float(first[2])),
        std=(float(std[0]), float(std[1]), float(std[2])),
        files=meta.get("files", len(table)),
        ignored=of_source.get("ignored", meta.get("ignored", 0)),
        folder=folder,
        copies=int(copies.sum()),
        note=str(of_source.get("note", meta.get("note", ""))),
        changes=_counts(meta.get("changes", {})),
        tasks=tasks,
        own_split=own,
    )


def _split(table: pd.DataFrame, tasks: TaskSet, config: DataConfig) -> tuple[pd.DataFrame, bool]:
    """``table`` with its split and without what the data set brought for it, and whether that split is the data set's
    own."""
    given = [table[name] for name in (SPLIT, GROUP, FOLD) if name in table]
    table = table.drop(columns=[column.name for column in given])
    by_name = {column.name: column for column in given}
    how = (config.val_share, config.test_share, config.split_seed)
    if config.split == "given" and (SPLIT in by_name or FOLD in by_name):
        names = by_name[SPLIT] if SPLIT in by_name else by_fold(by_name[FOLD].to_numpy(dtype=float), config.fold)
        return table.assign(split=brought(table, tasks, list(names), *how, once=config.copies == "once")), True
    dealt = split_once if config.copies == "once" else split
    return table.assign(split=dealt(table, tasks, *how)), False


def _tasks(file: Path) -> TaskSet:
    """The tasks in a prepared set's ``file``; without one, from before there was a choice, they are UTKFace's."""
    return TaskSet.from_list(loads(file.read_bytes())) if file.exists() else UTKFACE


def _with_left_out(rejects: pd.DataFrame, before: list[list[str]], now: list[list[str]]) -> pd.DataFrame:
    """``rejects`` with what was left out ``now``, in place of what was ``before``; each is a name and a reason."""
    old, new = set(map(tuple, before)), [(*item, False) for item in now]
    still = [(file, reason) not in old for file, reason in zip(rejects["file"], rejects["reason"], strict=True)]
    if not new:
        return rejects.loc[still]
    both = pd.concat([rejects.loc[still], pd.DataFrame(new, columns=rejects.columns)])
    return both.sort_values("file").reset_index(drop=True)


def _counts(values: Any) -> dict[str, int]:
    """Counts by text, as far as they are some; sets from before they were kept have none."""
    items = values.items() if isinstance(values, dict) else ()
    return {text: count for text, count in items if isinstance(count, int)}


def _read_csv(path: Path, numbers: Sequence[str] = ()) -> pd.DataFrame:
    # A file may be called "NA" and a hash may look like a number: texts stay texts, and only a number may be missing.
    texts: Any = dict.fromkeys(("file", "hash", "reason", "files", SPLIT, GROUP), str)
    return pd.read_csv(path, keep_default_na=False, na_values={name: [""] for name in numbers}, dtype=texts)
