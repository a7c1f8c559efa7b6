"""Training, validation and test pictures: split by group, as even as groups allow, the same on every machine.

The split depends on the seed, the shares, the pictures' bytes and their labels, never on file order, path or size.
"""

import hashlib

import numpy as np
import pandas as pd

from mtldemo.errors import MtlDemoError

SPLITS = ("train", "val", "test")
AGE_BANDS = (3, 10, 20, 30, 40, 50, 60, 70)
"""Lower edges of the age bands after the first, in years."""


def split(table: pd.DataFrame, val_share: float, test_share: float, seed: int) -> np.ndarray:
    """One of ``SPLITS`` for each row of ``table`` (columns hash, age, gender, ethnicity, group) -> [N] of str.

    Groups are ordered by stratum (age band, gender, ethnicity of their first picture), then by a hash of the seed and
    their content, and dealt out one by one to the split that lacks most; so each stratum and the whole keep the shares
    to within a group. Raises ``MtlDemoError`` where there are fewer than three groups.
    """
    groups = table.sort_values(by=["hash", "age", "gender", "ethnicity"]).drop_duplicates("group")
    if len(groups) < len(SPLITS):
        raise MtlDemoError(
            f"The data set has {len(groups)} different usable pictures; at least {len(SPLITS)} are needed to train, "
            "validate and test."
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
