"""``python -m mtldemo data``: the report as a table, as JSON and as files."""

import argparse
import json
from pathlib import Path

import pytest

from mtldemo.cli import data
from mtldemo.errors import MtlDemoError
from tests.data.pictures import faces, jpeg, lay


def chosen(*arguments: str) -> argparse.Namespace:
    commands = argparse.ArgumentParser().add_subparsers()
    return data.add_parser(commands).parse_args(arguments)


@pytest.fixture
def folder(own_folders: Path) -> Path:
    bad = {"39_1_20170116174525125.jpg": jpeg(1), "24_0_1_20170116220224657 .jpg": jpeg(2)}
    return lay(own_folders / "set", faces() | bad)


def test_the_report_names_what_was_left_out_and_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert data.run(chosen(str(folder), "--image-size", "16")) == 0
    out = capsys.readouterr().out
    assert "13 pictures of 16 px; 1 files rejected, 1 read after a repair" in out
    assert "39_1_20170116174525125.jpg" in out
    assert "a label is never guessed" in out
    assert "identical files" in out
    assert "gender female" in out


def test_json_holds_the_summary_and_the_tables(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert data.run(chosen(str(folder), "--image-size", "16", "--json", "--out", str(tmp_path / "out"))) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["pictures"] == 13
    assert {row["file"] for row in told["rejects"] if not row["repaired"]} == {"39_1_20170116174525125.jpg"}
    assert all(Path(path).is_file() for path in told["written"])


@pytest.mark.parametrize(
    ("option", "value"),
    [("--image-size", "7"), ("--val-share", "0.9"), ("--image-size", "big"), ("--split-seed", "-1")],
)
def test_a_wrong_option_is_named(folder: Path, option: str, value: str) -> None:
    with pytest.raises(MtlDemoError, match=option[2:].replace("-", "_")):
        data.run(chosen(str(folder), option, value))
