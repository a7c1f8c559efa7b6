"""Array files (.npy) that are written piece by piece, and put into another order."""

from pathlib import Path
from typing import BinaryIO

import numpy as np


def header(file: BinaryIO, shape: tuple[int, ...], kind: type) -> None:
    """NumPy's header; it keeps room for a longer count, so that it can be written again over itself.

    ``np.save`` isn't used, since on a full disk it raises an error that doesn't say so.
    """
    described = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, described)


def reorder(path: Path, order: np.ndarray) -> None:
    """Put the rows of an array file into ``order``. Written as a file, since a full disk kills who writes a map."""
    if (np.diff(order) > 0).all():
        return
    loose = path.with_suffix(".unordered")
    path.rename(loose)
    rows = np.load(loose, mmap_mode="r")
    with path.open("wb") as file:
        header(file, rows.shape, np.uint8)
        for start in range(0, len(order), 1024):
            file.write(rows[order[start : start + 1024]].data)
    del rows
    loose.unlink()
