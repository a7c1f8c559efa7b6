"""Training, validation and test pictures: split by group, as even as groups allow, the same on every machine.

The split depends on the seed, the shares, the pictures' bytes and their labels, never on file order, path or size.
"""

import hashlib

import numpy as np
import pandas as pd

from mtldemo.data import duplicates
from mtldemo.errors import MtlDemoError

SPLITS = ("train", "val", "test")
FEWEST_TO_TRAIN = 2
"""Training pictures: batch normalisation learns nothing from one, whose numbers have no spread."""
AGE_BANDS = (3, 10, 20, 30, 40, 50, 60, 70)
"""Lower edges of the age bands after the first, in years."""
COPY = "copy"
"""Stands in place of a split where a picture is in none, since it is a copy of one that is in a split."""


def split_once(table: pd.DataFrame, val_share: float, test_share: float, seed: int) -> np.ndarray:
    """As ``split`` (``table`` has a column file, too), but of pictures with the same bytes and labels the first alone
    is in a split; the others are ``COPY``.

    Copies in other folders are left out before the splits are dealt out, so they are the same with and without them.
    Copies under other names weigh in the dealing as ever: a set that has some, as UTKFace has, keeps its split, and
    what an older model was trained on isn't among the test pictures of a newer run.
    """
    dealt = table.loc[~duplicates.namesakes(table)]
    by_group = dict(zip(dealt["group"].tolist(), split(dealt, val_share, test_share, seed), strict=True))
    splits = np.array([by_group[group] for group in table["group"].tolist()], dtype=object)
    splits[duplicates.copies(table)] = COPY
    return splits


def split(table: pd.DataFrame, val_share: float, test_share: float, seed: int) -> np.ndarray:
    """One of ``SPLITS`` for each row of ``table`` (columns hash, age, gender, ethnicity, group) -> [N] of str.

    Groups are ordered by stratum (age band, gender, ethnicity of their first picture), then by a hash of the seed and
    their content, and dealt out one by one to the split that lacks most; so each stratum and the whole keep the shares
    to within a group. Raises ``MtlDemoError`` where there are fewer than three groups.
    """
    groups = table.sort_values(by=["hash", "age", "gender", "ethnicity"]).drop_duplicates("group")
    if len(groups) < len(SPLITS):
        raise MtlDemoError(
            f"The data set has {len(groups)} different usable picture{'s' if len(groups) != 1 else ''}; at least "
            f"{len(SPLITS)} are needed for the three splits, and {len(SPLITS) - 1 + FEWEST_TO_TRAIN} to train."
        )
    sizes = table["group"].value_counts().reindex(groups["group"]).to_numpy()
    draws = [hashlib.sha256(f"{seed}:{content}".encode()).hexdigest() for content in groups["hash"]]
    bands = np.searchsorted(AGE_BANDS, groups["age"].to_numpy(), side="right")
    order = np.lexsort((np.array(draws), groups["ethnicity"].to_numpy(), groups["gender"].to_numpy(), bands))

    shares = (1.0 - val_share - test_share, val_share, test_share)
    lacking = [0.0, 0.0, 0.0]
    chosen = np.zeros(len(groups), dtype=np.int64)
    for place in order:
        size = int(sizes[place])
        lacking = [lack + share * size for lack, share in zip(lacking, shares, strict=True)]
        winner = max(range(3), key=lacking.__getitem__)
        lacking[winner] -= size
        chosen[place] = winner
    # A handful of pictures may leave a split empty: it takes the smallest group of the split with most.
    for lonely in range(3):
        if not (chosen == lonely).any():
            largest = np.bincount(chosen, minlength=3).argmax()
            candidates = np.flatnonzero(chosen == largest)
            chosen[min(candidates, key=lambda place: (sizes[place], draws[place]))] = lonely
    by_group = pd.Series(np.array(SPLITS, dtype=object)[chosen], index=groups["group"].to_numpy())
    return by_group.reindex(table["group"]).to_numpy()
