"""A data set whose folder has a name that isn't UTF-8: all that is made from it can be written, shown and asked."""

import json
import os
import sys
from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.study.flat_config import words_of
from mtldemo.ui.plain import plain
from tests.data.pictures import faces, lay

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="such names are those of Unix")
SHOWN = "mus\\xe9e"


def test_a_study_is_reported_exported_moved_and_its_model_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorboardX")
    source = lay(tmp_path / os.fsdecode(b"mus\xe9e"), faces(12))
    runs, page = tmp_path / "runs", tmp_path / "page.html"
    at = ["--runs-dir", str(runs)]
    budget = ["--epochs", "1", "--batch-size", "4", "--image-size", "16", *at]
    arms = ["--strategies", "equal,gls", "--seeds", "1", "--study", "one", "--report", str(page)]
    assert main(["compare", "--data", str(source), *arms, *budget]) == 0
    assert SHOWN in page.read_text(encoding="utf-8")
    for kind in ("tensorboard", "csv"):
        assert main(["runs", "export", "one", "--to", str(tmp_path / kind), "--format", kind, *at]) == 0
    assert SHOWN in (tmp_path / "csv" / "summary.csv").read_text(encoding="utf-8")
    assert main(["runs", "import", str(runs / "one"), "--runs-dir", str(tmp_path / "there")]) == 0
    assert main(["compare", "--resume", "one", "--runs-dir", str(tmp_path / "there")]) == 0
    run = runs / "one" / "equal-s0"
    assert main(["train", "--config", str(run / "config.json"), "--run", "again", *at]) == 0
    capsys.readouterr()
    assert main(["predict", str(next(source.iterdir())), "--whole-image", "--model", str(run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["faces"]


def test_what_pages_and_tables_show_of_such_a_path_can_be_written() -> None:
    path = os.fsdecode(b"/data/mus\xe9e")
    assert words_of(path) == f"/data/{SHOWN}"
    plain(path).encode()
    assert plain("two\nlines") == "two  \nlines", "lines stay lines"
