"""The split: by group, even, and decided by content and seed alone."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from mtldemo.data.split import SPLITS, split
from mtldemo.errors import MtlDemoError


def table(count: int, groups: int | None = None) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "hash": [hashlib.md5(str(number).encode()).hexdigest() for number in range(count)],
            "age": rng.integers(0, 100, count).astype(np.float32),
            "gender": rng.integers(0, 2, count),
            "ethnicity": rng.choice(5, count, p=[0.5, 0.2, 0.15, 0.1, 0.05]),
            "group": rng.integers(0, groups, count) if groups else np.arange(count),
        }
    )


def share(pictures: pd.DataFrame, wanted: str) -> float:
    return pictures["split"].tolist().count(wanted) / len(pictures)


def test_shares_hold_in_the_whole_and_in_each_class() -> None:
    pictures = table(4000)
    pictures["split"] = split(pictures, 0.1, 0.2, 0)
    for column in ("gender", "ethnicity"):
        for _, part in pictures.groupby(column):
            assert share(part, "val") == pytest.approx(0.1, abs=0.02)
            assert share(part, "test") == pytest.approx(0.2, abs=0.02)
    assert share(pictures, "test") == pytest.approx(0.2, abs=0.0005)


def test_a_group_is_never_divided() -> None:
    pictures = table(900, groups=200)
    pictures["split"] = split(pictures, 0.15, 0.15, 3)
    assert all(len(set(part["split"])) == 1 for _, part in pictures.groupby("group"))
    assert share(pictures, "train") == pytest.approx(0.7, abs=0.02)


def test_order_and_group_numbers_make_no_difference() -> None:
    pictures = table(500, groups=300)
    there = split(pictures, 0.1, 0.1, 0)
    order = np.random.default_rng(1).permutation(500)
    shuffled = pictures.iloc[order].reset_index(drop=True)
    shuffled["group"] = 1000 - shuffled["group"]
    assert (split(shuffled, 0.1, 0.1, 0) == there[order]).all()


def test_it_is_the_same_on_every_machine_and_in_every_version() -> None:
    told = ",".join(split(table(300, groups=250), 0.1, 0.1, 7))
    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "2102ea339142bb76"


def test_another_seed_splits_differently() -> None:
    pictures = table(500)
    assert (split(pictures, 0.1, 0.1, 0) != split(pictures, 0.1, 0.1, 1)).any()


@pytest.mark.parametrize("count", [3, 4, 7, 11])
def test_a_handful_still_fills_every_split(count: int) -> None:
    assert set(split(table(count), 0.02, 0.02, 0)) == set(SPLITS)


def test_too_few_pictures_are_refused_with_the_number_that_is_enough_to_train() -> None:
    with pytest.raises(MtlDemoError, match=r"2 different usable pictures; at least 3 .* splits, and 4 to train"):
        split(table(2), 0.1, 0.1, 0)
    assert [(split(table(count), 0.1, 0.1, 0) == "train").sum() for count in (3, 4)] == [1, 2]
