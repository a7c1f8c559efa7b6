"""A prepared data set: pixels mapped into memory, labels, groups and the split."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.config import DataConfig
from mtldemo.data import cache, checksums, duplicates
from mtldemo.data.source import SYNTHETIC
from mtldemo.data.split import COPY, split, split_once
from mtldemo.errors import MtlDemoError


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
    other files; ``note`` says in words what was chosen in reading them. ``folder`` is the cache's folder of all this.
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

    @property
    def notice(self) -> str:
        """What a person must know about the data before learning from it, or an empty text."""
        return " ".join(filter(None, (self.drawn_notice, self.note, self.copies_notice)))

    @property
    def drawn_notice(self) -> str:
        """What drawn portraits mean, or an empty text."""
        if self.source != SYNTHETIC:
            return ""
        from mtldemo.data.synthetic import NOTICE

        return NOTICE

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


def read(folder: Path, config: DataConfig, name: str) -> Dataset:
    """The prepared set in ``folder``, split as ``config`` says. Raises ``DamagedError`` where it is damaged."""
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
        ignored=meta.get("ignored", 0),
        folder=folder,
        copies=int(copies.sum()),
        note=str(meta.get("note", "")),
    )


def _read_csv(path: Path) -> pd.DataFrame:
    # A file may be called "NA" and a hash may look like a number: texts stay texts.
    texts: Any = dict.fromkeys(("file", "hash", "reason", "files"), str)
    return pd.read_csv(path, keep_default_na=False, dtype=texts)
