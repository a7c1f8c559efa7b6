"""Groups of identical and near-identical pictures, and how far their labels disagree.

Pictures are alike when their 16 x 16 grey thumbnails correlate by at least ``ALIKE`` and their 32 x 32 ones by at least
``SURE``, as they are or mirrored; brightness and contrast don't count. The thresholds were chosen by eye on UTKFace.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtldemo.progress import Progress, no_progress
from mtldemo.tasks import MISSING

THUMB = 32
"""Side of the thumbnails that are compared, in pixels."""
ALIKE = 0.97
SURE = 0.95
_COARSE = 16
_ROWS, _COLUMNS = 512, 2048
"""A tile of the similarity matrix, small enough for a processor's cache."""


def find_groups(hashes: Sequence[str], thumbs: np.ndarray | None, progress: Progress = no_progress) -> np.ndarray:
    """Group numbers [N] (int64, from 0 in the order of first appearance): alike pictures share one.

    ``hashes`` [N] are the contents' hashes; ``thumbs`` uint8 [N, 32, 32] grey, or None to group identical files only.
    Near-identity is passed on: a like b and b like c puts all three into one group.
    """
    _, first, which = np.unique(np.asarray(hashes), return_index=True, return_inverse=True)
    labels = np.arange(len(first))
    if thumbs is not None and len(first) > 1:
        labels = _join_alike(thumbs[first], progress)
    _, start, number = np.unique(labels[which], return_index=True, return_inverse=True)
    return np.argsort(np.argsort(start))[number]


def _join_alike(thumbs: np.ndarray, progress: Progress) -> np.ndarray:
    """Labels [N] that near-identical thumbnails uint8 [N, 32, 32] share."""
    count, labels = len(thumbs), np.arange(len(thumbs))
    even, odd = _parts(thumbs)
    for row in range(0, count, _ROWS):
        progress("Looking for duplicates", row, count)
        for column in range(row, count, _COLUMNS):
            mirrored = odd[row : row + _ROWS] @ odd[column : column + _COLUMNS].T
            similar = even[row : row + _ROWS] @ even[column : column + _COLUMNS].T
            similar += np.abs(mirrored, out=mirrored)
            if similar.max() >= ALIKE:
                first, second = np.nonzero(similar >= ALIKE)
                _join(labels, thumbs, first + row, second + column)
    progress("Looking for duplicates", count, count)
    return labels


def _parts(thumbs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The even and odd part, each [N, 128], of the thumbnails' unit vectors.

    The even part of a picture stays under mirroring and the odd part changes its sign; so with one product of each,
    even + odd is the similarity as it is and even - odd the mirrored one, for the price of one.
    """
    count, block = len(thumbs), THUMB // _COARSE
    coarse = thumbs.reshape(count, _COARSE, block, _COARSE, block).mean((2, 4), dtype=np.float32)
    unit = _unit(coarse.reshape(count, -1)).reshape(coarse.shape)
    left, right = unit[:, :, : _COARSE // 2], unit[:, :, : _COARSE // 2 - 1 : -1]
    scale = np.float32(np.sqrt(0.5))
    return ((left + right) * scale).reshape(count, -1), ((left - right) * scale).reshape(count, -1)


def _join(labels: np.ndarray, thumbs: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
    """Give the surely alike of the pairs (``first``, ``second``) one label, in place.

    One pair for each second picture at a time: where thousands are alike, the rest then needs no look.
    """
    while True:
        apart = labels[first] != labels[second]
        first, second = first[apart], second[apart]
        if not len(first):
            return
        _, picks = np.unique(second, return_index=True)
        for a, b in zip(first[picks], second[picks], strict=True):
            if labels[a] != labels[b] and _correlation(thumbs[a], thumbs[b]) >= SURE:
                low, high = sorted((labels[a], labels[b]))
                labels[labels == high] = low
        first, second = np.delete(first, picks), np.delete(second, picks)


def disagreements(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each group of several pictures in ``table`` (columns file, hash, age, gender, ethnicity, group).

    Columns: group, pictures, identical (all files are the same byte for byte), files (joined by `` | ``), age_spread
    (years between the lowest and highest age), gender_disagrees, ethnicity_disagrees.
    """
    sizes = table["group"].value_counts()
    rows = []
    for group, members in table[table["group"].isin(sizes.index[sizes > 1])].groupby("group"):
        ages = members["age"][members["age"] != MISSING]
        rows.append(
            {
                "group": group,
                "pictures": len(members),
                "identical": members["hash"].nunique() == 1,
                "files": " | ".join(members["file"]),
                "age_spread": float(ages.max() - ages.min()) if len(ages) else 0.0,
                "gender_disagrees": members["gender"][members["gender"] != MISSING].nunique() > 1,
                "ethnicity_disagrees": members["ethnicity"][members["ethnicity"] != MISSING].nunique() > 1,
            }
        )
    columns = ["group", "pictures", "identical", "files", "age_spread", "gender_disagrees", "ethnicity_disagrees"]
    return pd.DataFrame(rows, columns=columns)


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    """The correlation of two thumbnails [32, 32], as they are or with one mirrored, whichever is higher."""
    one, other, mirrored = _unit(np.stack([first, second, second[:, ::-1]]).reshape(3, -1))
    return float(max(one @ other, one @ mirrored))


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows [N, K] less their mean, at length 1; a row without contrast (one grey) becomes zero, like nothing."""
    rows = rows.astype(np.float32)
    rows -= rows.mean(1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > np.sqrt(rows.shape[1]))
