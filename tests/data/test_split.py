"""The split: by group, even, and decided by content and seed alone."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from mtldemo.data.split import COPY, NONE, SPLITS, brought, by_fold, leaks, split
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import UTKFACE, Task, TaskSet


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
    pictures["split"] = split(pictures, UTKFACE, 0.1, 0.2, 0)
    for column in ("gender", "ethnicity"):
        for _, part in pictures.groupby(column):
            assert share(part, "val") == pytest.approx(0.1, abs=0.02)
            assert share(part, "test") == pytest.approx(0.2, abs=0.02)
    assert share(pictures, "test") == pytest.approx(0.2, abs=0.0005)


def test_a_group_is_never_divided() -> None:
    pictures = table(900, groups=200)
    pictures["split"] = split(pictures, UTKFACE, 0.15, 0.15, 3)
    assert all(len(set(part["split"])) == 1 for _, part in pictures.groupby("group"))
    assert share(pictures, "train") == pytest.approx(0.7, abs=0.02)


def test_order_and_group_numbers_make_no_difference() -> None:
    pictures = table(500, groups=300)
    there = split(pictures, UTKFACE, 0.1, 0.1, 0)
    order = np.random.default_rng(1).permutation(500)
    shuffled = pictures.iloc[order].reset_index(drop=True)
    shuffled["group"] = 1000 - shuffled["group"]
    assert (split(shuffled, UTKFACE, 0.1, 0.1, 0) == there[order]).all()


def test_it_is_the_same_on_every_machine_and_in_every_version() -> None:
    told = ",".join(split(table(300, groups=250), UTKFACE, 0.1, 0.1, 7))
    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "2102ea339142bb76"


def test_another_seed_splits_differently() -> None:
    pictures = table(500)
    assert (split(pictures, UTKFACE, 0.1, 0.1, 0) != split(pictures, UTKFACE, 0.1, 0.1, 1)).any()


@pytest.mark.parametrize("count", [3, 4, 7, 11])
def test_a_handful_still_fills_every_split(count: int) -> None:
    assert set(split(table(count), UTKFACE, 0.02, 0.02, 0)) == set(SPLITS)


def test_too_few_pictures_are_refused_with_the_number_that_is_enough_to_train() -> None:
    with pytest.raises(MtlDemoError, match=r"2 different usable pictures; at least 3 .* splits, and 4 to train"):
        split(table(2), UTKFACE, 0.1, 0.1, 0)
    assert [(split(table(count), UTKFACE, 0.1, 0.1, 0) == "train").sum() for count in (3, 4)] == [1, 2]


TEMPERATURE = Task("temperature", "Temperature", "regression", low=-30, high=40)
MANY = TaskSet([TEMPERATURE, *(Task(f"t{number}", "T", "binary", classes=("no", "yes")) for number in range(39))])


def many(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    labels = {name: rng.choice([0.0, 1.0, np.nan], count) for name in MANY.names[1:]}
    hashes = [hashlib.md5(str(number).encode()).hexdigest() for number in range(count)]
    return pd.DataFrame({"hash": hashes, "temperature": rng.normal(5, 12, count), **labels, "group": np.arange(count)})


def test_forty_tasks_keep_the_shares_and_leave_the_seed_a_say() -> None:
    pictures = many(2000)
    pictures["split"] = split(pictures, MANY, 0.1, 0.2, 0)
    for column in MANY.names[1:3]:
        for _, part in pictures.groupby(column):
            assert share(part, "test") == pytest.approx(0.2, abs=0.02)
    assert np.mean(split(pictures, MANY, 0.1, 0.2, 1) != pictures["split"]) > 0.2


def test_a_split_that_the_data_set_brings_is_used_as_it_is() -> None:
    pictures = table(8)
    given = ["train", "val", "test", "", "train", "train", "test", "val"]
    assert brought(pictures, UTKFACE, given, 0.1, 0.1, 0, once=True).tolist() == [part or NONE for part in given]


def test_what_a_brought_split_lacks_comes_out_of_its_training_pictures() -> None:
    pictures = table(400, groups=200)
    given = np.where(pictures["group"] < 40, "test", "train")
    found = pictures.assign(split=brought(pictures, UTKFACE, given.tolist(), 0.25, 0.1, 0, once=True))
    assert (found["split"] == "test").tolist() == (given == "test").tolist()
    assert share(found.loc[given == "train"], "val") == pytest.approx(0.25, abs=0.02)
    assert leaks(found).empty
    with pytest.raises(MtlDemoError, match="no training pictures"):
        brought(pictures, UTKFACE, ["test"] * 400, 0.1, 0.1, 0, once=True)


def test_a_copy_on_the_other_side_is_a_leak_and_is_not_hidden() -> None:
    pictures = pd.concat([table(4), table(4)], ignore_index=True)
    given = ["train"] * 4 + ["test", "train", "val", "train"]
    found = pictures.assign(split=brought(pictures, UTKFACE, given, 0.1, 0.1, 0, once=True))
    assert found["split"].tolist() == ["train"] * 4 + ["test", COPY, "val", COPY]
    assert leaks(found).index.tolist() == [0, 2, 4, 6]


def test_folds() -> None:
    folds = np.array([0, 1, 2, 3, 3, -1])
    assert by_fold(folds, 3).tolist() == ["val", "train", "train", "test", "test", ""]
    with pytest.raises(MtlDemoError, match="folds are 0, 1, 2, 3; fold 4"):
        by_fold(folds, 4)
