"""The numbers about a set, and the files that hold them."""

import json
from pathlib import Path

import pandas as pd
import pytest

from mtldemo.data import load, report
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import UTKFACE
from tests.data.pictures import faces, jpeg, lay, small


def test_the_summary_counts_everything_once(tmp_path: Path) -> None:
    extra = {
        "20_0_1_20170110223407777.jpg": jpeg(3),  # the bytes of another file, with other labels
        "24_0_1_20170116220224657 .jpg": jpeg(30),
        "39_1_20170116174525125.jpg": jpeg(31),
        "Thumbs.db": b"-",
    }
    dataset = load(small(lay(tmp_path / "set", faces() | extra)))
    told = report.dataset_summary(dataset)
    assert (told["found"], told["pictures"], told["ignored"]) == (15, 14, 1)
    assert sum(told["rejected"].values()) == 1
    assert told["repaired"] == {"a space was left out": 1}
    assert told["duplicates"]["identical"] == {
        "groups": 1,
        "pictures": 2,
        "age_disagrees": 1,
        "age_spread": 2.0,
        "gender_disagrees": 1,
        "ethnicity_disagrees": 1,
    }
    assert sum(told["splits"].values()) == 14
    for task in UTKFACE:
        counts = report.label_counts(dataset, task)
        assert counts[["train", "val", "test"]].to_numpy().sum() == 14
    json.dumps(told)


def test_the_tables_are_written(tmp_path: Path) -> None:
    dataset = load(small(lay(tmp_path / "set", faces())))
    written = report.write(dataset, tmp_path / "out" / "deep")
    assert [path.name for path in written] == ["table.csv", "rejects.csv", "duplicates.csv", "summary.json"]
    assert len(pd.read_csv(written[0])) == 12
    assert json.loads(written[3].read_text(encoding="utf-8"))["pictures"] == 12


def test_a_folder_that_can_t_be_written_is_said_in_words(tmp_path: Path) -> None:
    dataset = load(small(lay(tmp_path / "set", faces())))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MtlDemoError, match="can't be read or written"):
        report.write(dataset, tmp_path / "file" / "out")
