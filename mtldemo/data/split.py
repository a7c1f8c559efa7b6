"""Training, validation and test pictures: split by group, as even as groups allow, the same on every machine.

The split depends on the seed, the shares, the pictures' bytes and their labels, never on file order, path or size.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtldemo.data import duplicates
from mtldemo.data.labels.splits import SPLITS
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import REGRESSION, Task, TaskSet
from mtldemo.tasks.bands import lower_edges

FEWEST_TO_TRAIN = 2
"""Training pictures: batch normalisation learns nothing from one, whose numbers have no spread."""
COPY = "copy"
"""Stands in place of a split where a picture is in none, since it is a copy of one that is in a split."""
NONE = "none"
"""Stands in place of a split where the data set's own split leaves a picture out."""
_ALWAYS = 3
"""Tasks whose labels are crossed to strata however few pictures a stratum then holds."""
_STRATUM = 20
"""Pictures that a stratum holds on average at least, where the labels of further tasks join: with one picture a
stratum, the seed would have no say any more."""
_BANDS = 10
"""Bands of the labels of a regression that has none of its own."""


def split_once(table: pd.DataFrame, tasks: TaskSet, val_share: float, test_share: float, seed: int) -> np.ndarray:
    """As ``split`` (``table`` has a column file, too), but of pictures with the same bytes and labels the first alone
    is in a split; the others are ``COPY``.

    Copies in other folders are left out before the splits are dealt out, so they are the same with and without them.
    Copies under other names weigh in the dealing as ever: a set that has some, as UTKFace has, keeps its split, and
    what an older model was trained on isn't among the test pictures of a newer run.
    """
    dealt = table.loc[~duplicates.namesakes(table, tasks)]
    by_group = dict(zip(dealt["group"].tolist(), split(dealt, tasks, val_share, test_share, seed), strict=True))
    splits = np.array([by_group[group] for group in table["group"].tolist()], dtype=object)
    splits[duplicates.copies(table, tasks)] = COPY
    return splits


def brought(
    table: pd.DataFrame,
    tasks: TaskSet,
    given: Sequence[str],
    val_share: float,
    test_share: float,
    seed: int,
    *,
    once: bool,
) -> np.ndarray:
    """The split that a data set brings: ``given`` [N] of ``SPLITS``, or empty for a picture in none -> [N] of str.

    Where it has no pictures for validation (or none for the test), these are dealt out of its training pictures as
    ``split`` would, group by group. With ``once`` a copy within the same split is ``COPY``; one in another split is a
    leak of the data set's own, and stays. Raises ``MtlDemoError`` where nothing is left to train on.
    """
    splits = np.array([value or NONE for value in given], dtype=object)
    lacking = {"val": val_share, "test": test_share}
    wanted = {name: share for name, share in lacking.items() if not (splits == name).any()}
    train = splits == "train"
    if not train.any():
        raise MtlDemoError("The data set's own split has no training pictures; let the program split it instead.")
    if wanted:
        shares = {**dict.fromkeys(lacking, 0.0), **wanted}
        splits[train] = _dealt(table.loc[train], tasks, shares["val"], shares["test"], seed)
    if once:
        splits[duplicates.copies(table.assign(given=splits), tasks, "given")] = COPY
    return splits


def by_fold(folds: np.ndarray, fold: int) -> np.ndarray:
    """Fold ``fold`` of ``folds`` [N] (whole numbers, negative for none) is the test, the next one validation, the
    others are for training -> [N] of ``SPLITS``, or empty. Raises ``MtlDemoError`` for a fold that isn't there."""
    known = np.unique(folds[folds >= 0]).tolist()
    if fold not in known or len(known) < len(SPLITS):
        raise MtlDemoError(
            f"The data set's folds are {', '.join(f'{number:g}' for number in known) or 'none'}; fold {fold} can't be "
            f"the test: choose one of them (there must be at least {len(SPLITS)})."
        )
    after = known[(known.index(fold) + 1) % len(known)]
    return np.select([folds < 0, folds == fold, folds == after], ["", "test", "val"], "train")


def leaks(table: pd.DataFrame) -> pd.DataFrame:
    """The pictures of ``table`` (columns group and split) that are in a split, and whose group is in another one too:
    alike pictures, or those of one person, on two sides."""
    counted = table.loc[table["split"].isin(SPLITS)]
    return counted.loc[counted.groupby("group")["split"].transform("nunique") > 1]


def split(table: pd.DataFrame, tasks: TaskSet, val_share: float, test_share: float, seed: int) -> np.ndarray:
    """One of ``SPLITS`` for each row of ``table`` (columns hash, group, and one for each task) -> [N] of str.

    Groups are ordered by stratum (the labels of their first picture, a regression's by bands), then by a hash of the
    seed and their content, and dealt out one by one to the split that lacks most; so each stratum and the whole keep
    the shares to within a group. The labels of the first three tasks are crossed, and those of further ones as long as
    a stratum holds 20 groups on average. Raises ``MtlDemoError`` where there are fewer than three groups.
    """
    count = len(set(table["group"].tolist()))
    if count < len(SPLITS):
        raise MtlDemoError(
            f"The data set has {count} different usable picture{'s' if count != 1 else ''}; at least "
            f"{len(SPLITS)} are needed for the three splits, and {len(SPLITS) - 1 + FEWEST_TO_TRAIN} to train."
        )
    return _dealt(table, tasks, val_share, test_share, seed)


def _dealt(table: pd.DataFrame, tasks: TaskSet, val_share: float, test_share: float, seed: int) -> np.ndarray:
    groups = table.sort_values(by=["hash", *tasks.names]).drop_duplicates("group")
    sizes = table["group"].value_counts().reindex(groups["group"]).to_numpy()
    draws = [hashlib.sha256(f"{seed}:{content}".encode()).hexdigest() for content in groups["hash"]]
    order = np.lexsort((np.array(draws), *reversed(_strata(groups, tasks))))

    shares = (1.0 - val_share - test_share, val_share, test_share)
    lacking = [0.0, 0.0, 0.0]
    chosen = np.zeros(len(groups), dtype=np.int64)
    for index in order:
        size = int(sizes[index])
        lacking = [lack + share * size for lack, share in zip(lacking, shares, strict=True)]
        winner = max(range(3), key=lacking.__getitem__)
        lacking[winner] -= size
        chosen[index] = winner
    # A handful of pictures may leave a split empty: it takes the smallest group of the split with most.
    for lonely in range(3):
        if shares[lonely] and not (chosen == lonely).any():
            largest = np.bincount(chosen, minlength=3).argmax()
            candidates = np.flatnonzero(chosen == largest)
            chosen[min(candidates, key=lambda index: (sizes[index], draws[index]))] = lonely
    by_group = pd.Series(np.array(SPLITS, dtype=object)[chosen], index=groups["group"].to_numpy())
    return by_group.reindex(table["group"]).to_numpy()


def _strata(groups: pd.DataFrame, tasks: TaskSet) -> list[np.ndarray]:
    """The labels of ``groups`` [G] as whole numbers, an array [G] for each task that counts; -1 where there is none."""
    codes, cells = list[np.ndarray](), np.zeros(len(groups), dtype=np.int64)
    for task in tasks:
        labels = groups[task.name].to_numpy(dtype=np.float64)
        known = np.isfinite(labels)
        code = np.full(len(labels), -1)
        code[known] = np.searchsorted(_edges(task, labels[known]), labels[known], side="right")
        _, finer = np.unique(cells * (len(labels) + 2) + code, return_inverse=True)
        if len(codes) >= _ALWAYS and len(groups) < _STRATUM * (int(finer.max()) + 1):
            break
        codes.append(code)
        cells = finer
    return codes


def _edges(task: Task, labels: np.ndarray) -> np.ndarray:
    """The lower edges of the bands after the first; of classes, of each class."""
    return lower_edges(task, labels, _BANDS) if task.kind == REGRESSION else np.arange(1, len(task.classes))
