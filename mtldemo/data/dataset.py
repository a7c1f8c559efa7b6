"""A prepared data set: pixels mapped into memory, labels, groups and the split."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.config import DataConfig
from mtldemo.data import cache, checksums, duplicates
from mtldemo.data.source import SYNTHETIC
from mtldemo.data.split import COPY, split, split_once
from mtldemo.errors import MtlDemoError

REMADE = "The prepared pictures were damaged on the disk, so they were made again from the data set."
_LISTED = 3
"""Reasons that a notice tells one by one."""


class DamagedError(MtlDemoError):
    """A prepared folder that can't be read; it can be made again."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Pictures with labels, ready to be read.

    ``pixels`` uint8 [N, S, S, 3] RGB, read-only. ``table`` has a row for each, in the same order: file, hash, age
    (float32, years), gender, ethnicity (int64 class), group (int64; alike pictures share one), split (``train``,
    ``val``, ``test``, or ``copy`` for a picture that is in none, since another one has the same bytes and labels); a
    missing label is ``tasks.MISSING``. ``counted`` are the rows in a split, ``copies`` counts those with the bytes and
    labels of an earlier row. ``rejects``: file, reason, repaired (kept after a repair). ``duplicates``: see
    ``duplicates.disagreements``; copies that don't count aren't in it. ``mean`` and ``std`` (RGB, 0..1) are of the
    training pictures. ``key`` [32 hex digits] tells the content, ``files`` counts the pictures found, ``ignored`` the
    other files; ``note`` says in words what was chosen in reading them, ``changes`` how many were changed in which way,
    ``remade`` whether they had to be prepared again since what was prepared was damaged. ``folder`` is the cache's
    folder of all this.
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

    @property
    def notice(self) -> str:
        """What a person must know about the data before learning from it, or an empty text."""
        notices = (self.drawn_notice, self.remade_notice, self.note, self.copies_notice, self.changes_notice)
        return " ".join(filter(None, notices))

    @property
    def reading_notice(self) -> str:
        """What was chosen, left out, counted once or changed in reading the data, or an empty text."""
        notices = (self.note, self.left_out_notice, self.copies_notice, self.changes_notice)
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
        """What drawn portraits mean, or an empty text."""
        if self.source != SYNTHETIC:
            return ""
        from mtldemo.data.synthetic import NOTICE

        return NOTICE

    @property
    def remade_notice(self) -> str:
        """That the prepared pictures were made again, or an empty text."""
        return REMADE if self.remade else ""

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
        return self.table.loc[self.table["split"] != COPY]

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
        """Labels [n] of a task, by name: float32 years for age, int64 classes else; of all rows without ``indices``."""
        values = self.table[task].to_numpy()
        return values if indices is None else values[indices]

    def present(self, task: str, indices: np.ndarray | None = None) -> np.ndarray:
        """Which pictures have a label for a task: bool [n], in the order of ``labels``."""
        return self.labels(task, indices) >= 0


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
        meta = cache.read_json(folder / "meta.json", {})
        if meta.get("checksums") and not (folder / checksums.FILE).is_file():
            raise ValueError(f"{checksums.FILE} is gone")
        pixels = np.load(folder / "pixels.npy", mmap_mode="r")
        moments = np.load(folder / "moments.npy")
        table = _read_csv(folder / "table.csv")
        rejects = _read_csv(folder / "rejects.csv")
        if "left_out" in of_source and "left_out" in meta:
            rejects = _with_left_out(rejects, meta["left_out"], of_source["left_out"])
        groups = _read_csv(folder / "duplicates.csv")
        # A file that was tampered with shows here, not in the middle of a run.
        table = table.astype({"age": np.float32, "gender": np.int64, "ethnicity": np.int64, "group": np.int64})
        side, count = int(meta["image_size"]), int(meta["pictures"])
        shapes = {"pixels": (count, side, side, 3), "moments": (count, 2, 3), "table": (count,)}
        found = {"pixels": pixels.shape, "moments": moments.shape, "table": table["hash"].shape}
        if found != shapes or pixels.dtype != np.uint8 or folder.name != f"{meta['key']}-{side}px":
            raise ValueError(f"the files don't fit each other: {found}")
    except Exception as error:
        # NumPy and pandas raise errors of many kinds for what isn't theirs.
        raise DamagedError(f"The prepared data in {folder} is damaged; delete that folder and start again.") from error
    copies = duplicates.copies(table)
    once = config.copies == "once"
    table["split"] = (split_once if once else split)(table, config.val_share, config.test_share, config.split_seed)
    if once and copies.any():
        groups = duplicates.disagreements(table.loc[~copies])
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
    )


def _with_left_out(rejects: pd.DataFrame, before: list[list[str]], now: list[list[str]]) -> pd.DataFrame:
    """``rejects`` with what was left out ``now``, in place of what was ``before``; each is a name and a reason."""
    old, new = set(map(tuple, before)), [(*item, False) for item in now]
    kept = [(file, reason) not in old for file, reason in zip(rejects["file"], rejects["reason"], strict=True)]
    if not new:
        return rejects.loc[kept]
    found = pd.concat([rejects.loc[kept], pd.DataFrame(new, columns=rejects.columns)])
    return found.sort_values("file").reset_index(drop=True)


def _counts(values: Any) -> dict[str, int]:
    """Counts by text, as far as they are some; sets from before they were kept have none."""
    items = values.items() if isinstance(values, dict) else ()
    return {text: count for text, count in items if isinstance(count, int)}


def _read_csv(path: Path) -> pd.DataFrame:
    # A file may be called "NA" and a hash may look like a number: texts stay texts.
    texts: Any = dict.fromkeys(("file", "hash", "reason", "files"), str)
    return pd.read_csv(path, keep_default_na=False, dtype=texts)
