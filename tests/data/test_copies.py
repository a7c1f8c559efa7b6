"""Kaggle's usual archive holds every picture two to four times: a picture counts once."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from mtldemo.cli import main
from mtldemo.data import load, report
from mtldemo.data.dataset import Dataset
from mtldemo.data.split import SPLITS
from tests.data.pictures import faces, jpeg, lay, name, small


def kaggle(files: dict[str, bytes]) -> dict[str, bytes]:
    """The layout of the archive that most people have; ``crop_part1`` is a part of the whole."""
    part = dict(list(files.items())[::2])
    inner = {f"UTKFace/{file}": data for file, data in files.items()}
    inner |= {f"crop_part1/{file}": data for file, data in part.items()}
    return inner | {f"utkface_aligned_cropped/{file}": data for file, data in inner.items()}


def splits(dataset: Dataset) -> dict[str, set[str]]:
    names = dataset.table["file"].str.rpartition("/")[2].to_numpy()
    rows = {split: dataset.indices(split) for split in SPLITS}
    assert all(len(set(names[row])) == len(row) for row in rows.values()), "a picture is twice in a split"
    return {split: set(names[row]) for split, row in rows.items()}


def test_a_picture_of_several_folders_counts_once(tmp_path: Path) -> None:
    files = faces(24)
    plain = load(small(lay(tmp_path / "plain", files)))
    several = load(small(lay(tmp_path / "several", kaggle(files))))
    assert splits(several) == splits(plain)
    assert (len(several), several.copies, len(several.table)) == (24, 48, 72)
    assert several.mean == plain.mean
    assert several.duplicates.empty
    rows = several.indices("train"), plain.indices("train")
    assert (several.pixels[rows[0]] == plain.pixels[rows[1]]).all(), "the same pictures in the same order"
    counts = report.dataset_summary(several)
    assert (counts["pictures"], counts["copies"], counts["found"]) == (24, 48, 72)
    assert counts["splits"] == report.dataset_summary(plain)["splits"]
    assert counts["labels"] == report.dataset_summary(plain)["labels"]
    assert "48 of 72 pictures are copies of others" in several.notice
    assert plain.notice == ""


def test_copies_under_other_names_count_once_and_leave_the_split_of_others_as_it_was(tmp_path: Path) -> None:
    copies = {name(number).replace("2017", "2016"): jpeg(number) for number in range(0, 24, 4)}
    config = small(lay(tmp_path / "set", faces(24) | copies))
    once, every = load(config), load(dataclasses.replace(config, copies="all"))
    assert (len(once), len(every), once.copies, every.copies) == (24, 30, 6, 6)
    assert once.key == every.key
    assert "each counts" in every.notice
    for split in SPLITS:
        assert set(once.indices(split)) < set(every.indices(split)) or set(copies).isdisjoint(
            every.table["file"][every.indices(split)]
        )


def test_the_same_bytes_with_other_labels_stay_a_group_that_disagrees(tmp_path: Path) -> None:
    other = {"20_0_1_20170110223407777.jpg": jpeg(3)}
    dataset = load(small(lay(tmp_path / "set", faces() | other)))
    assert (len(dataset), dataset.copies, dataset.notice) == (13, 0, "")
    assert dataset.duplicates["identical"].tolist() == [True]


def test_both_are_said_by_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = lay(tmp_path / "set", kaggle(faces(12)))
    assert main(["data", str(folder), "--image-size", "16"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "24 of 36 pictures are copies of others, byte for byte and with the same labels" in printed
    assert "12 pictures of 16 px" in printed


def test_a_prepared_set_is_the_same_whether_copies_count(tmp_path: Path) -> None:
    config = small(lay(tmp_path / "set", kaggle(faces(12))))
    once, every = load(config), load(dataclasses.replace(config, copies="all"))
    assert once.folder == every.folder
    assert (np.asarray(once.pixels) == np.asarray(every.pixels)).all()
