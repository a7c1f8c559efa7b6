"""Groups of identical and near-identical pictures, and how far their labels disagree.

Pictures are alike when their 16 x 16 grey thumbnails correlate by at least ``ALIKE`` and their 32 x 32 ones by at least
``SURE``, as they are or mirrored; brightness and contrast don't count. The thresholds were chosen by eye on UTKFace.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtldemo.data.chunk import THUMB
from mtldemo.progress import Progress, no_progress
from mtldemo.tasks import REGRESSION, Task, TaskSet

ALIKE = 0.97
SURE = 0.95
_COARSE = 16
_ROWS, _COLUMNS = 512, 4096
"""A tile of the similarity matrix: near a processor's cache, and few enough that threads seldom wait for each other."""
_REACH = float(np.sqrt(2 - 2 * ALIKE)) + 1e-3
"""How far apart the unit vectors of alike thumbnails can be."""


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
    # Alike pictures lie within reach of each other on any line, so with the pictures in the order of the line on which
    # they differ most, only a band of the similarity matrix has to be computed.
    position = even @ np.linalg.eigh(np.cov(even.T))[1][:, -1]
    order = np.argsort(position)
    position, even, odd = position[order], even[order], odd[order]
    for row in range(0, count, _ROWS):
        progress("Looking for duplicates", row, count)
        end = int(np.searchsorted(position, position[min(row + _ROWS, count) - 1] + _REACH, side="right"))
        for column in range(row, end, _COLUMNS):
            rows, columns = slice(row, row + _ROWS), slice(column, min(column + _COLUMNS, end))
            mirrored = odd[rows] @ odd[columns].T
            similar = even[rows] @ even[columns].T
            similar += np.abs(mirrored, out=mirrored)
            if similar.max() >= ALIKE:
                first, second = np.nonzero(similar >= ALIKE)
                _join(labels, thumbs, order[first + row], order[second + column])
    progress("Looking for duplicates", count, count)
    return labels


def _parts(thumbs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The even and odd part, each [N, 128], of the thumbnails' unit vectors.

    The even part of a picture stays under mirroring and the odd part changes its sign; so with one product of each,
    even + odd is the similarity as it is and even - odd the mirrored one, for the price of one.
    """
    count, block = len(thumbs), THUMB // _COARSE
    coarse = np.zeros((count, _COARSE, _COARSE), dtype=np.float32)
    for down in range(block):
        for along in range(block):
            coarse += thumbs[:, down::block, along::block]
    unit = _unit(coarse.reshape(count, -1) / block**2).reshape(coarse.shape)
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


def joined(groups: np.ndarray, given: Sequence[str]) -> np.ndarray:
    """Group numbers [N] (int64, from 0 in the order of first appearance) of pictures that share a number in ``groups``
    [N] or a text in ``given`` [N] (empty for none), through others too."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    texts = np.asarray(given, dtype=object)
    persons = np.flatnonzero(texts != "")
    _, which = np.unique(texts[persons].astype(str), return_inverse=True)
    count = int(groups.max()) + 1
    links = coo_matrix((np.ones(len(persons), bool), (groups[persons], count + which)), shape=(count + len(texts),) * 2)
    labels = connected_components(links, directed=False)[1][groups]
    _, start, number = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(start))[number]


def copies(table: pd.DataFrame, tasks: TaskSet, *within: str) -> np.ndarray:
    """Which rows [N] (bool) of ``table`` are copies: an earlier row has the same bytes and the same labels, and the
    same values in the columns ``within``."""
    return table.duplicated(["hash", *tasks.names, *within]).to_numpy()


def namesakes(table: pd.DataFrame, tasks: TaskSet) -> np.ndarray:
    """Which of the ``copies`` [N] (bool) are called as their original is, in another folder."""
    names = table["file"].str.rpartition("/")[2]
    return table.assign(file=names).duplicated(["file", "hash", *tasks.names]).to_numpy()


def disagreements(table: pd.DataFrame, tasks: TaskSet) -> pd.DataFrame:
    """One row for each group of several pictures in ``table`` (columns file, hash, group, and one for each task).

    Columns: group, pictures, identical (all files are the same byte for byte), files (joined by `` | ``), and for each
    task its ``quarrel_column``: of a regression from the lowest label to the highest, in its unit; else whether the
    labels differ. Pictures without a label quarrel with none.
    """
    several = table.loc[table.duplicated("group", keep=False)].sort_values(by=["group", "file"])
    groups = several.groupby("group")
    columns = {
        "group": groups["file"].first().index.to_numpy(),
        "pictures": groups.size().to_numpy(),
        "identical": (groups["hash"].nunique() == 1).to_numpy(),
        "files": groups["file"].agg(" | ".join).to_numpy(),
    }
    for task in tasks:
        labels = groups[task.name]
        if task.kind == REGRESSION:
            spread = (labels.max() - labels.min()).astype(float).fillna(0.0)
            columns[quarrel_column(task)] = spread.to_numpy(dtype=float)
        else:
            columns[quarrel_column(task)] = (labels.nunique() > 1).to_numpy()
    return pd.DataFrame(columns)


def quarrel_column(task: Task) -> str:
    """The column of ``disagreements`` that says how far labels of ``task`` disagree."""
    return f"{task.name}_spread" if task.kind == REGRESSION else f"{task.name}_disagrees"


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
