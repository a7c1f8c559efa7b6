import json
import time
from pathlib import Path

import pytest

from mtldemo import data
from mtldemo.cli import main
from mtldemo.config import DataConfig, SyntheticConfig
from mtldemo.data import cache, inventory
from mtldemo.preparation import PreparationJob, work

TINY = DataConfig(image_size=16, synthetic=SyntheticConfig(images=60))


@pytest.fixture
def job(own_folders: Path) -> PreparationJob:
    """A prepared set that nobody uses any more."""
    job = PreparationJob(TINY, data.cache_dir())
    work(TINY, job.file)
    for one in inventory.cached_sets():
        for mark in cache.marks(one.folder):
            mark.unlink()
    return job


def test_the_cache_is_listed(job: PreparationJob, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "--list-cache"]) == 0
    out = capsys.readouterr().out
    for word in ("prepared", "drawn", "synthetic", "16 px", "60", str(data.cache_dir())):
        assert word in out
    assert main(["data", "--list-cache", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["kind"] for one in told["kept"]} == {"prepared", "drawn"}
    assert told["removed"] == []


def test_the_cache_is_cleared_and_the_page_asks_to_prepare(
    job: PreparationJob, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "--clear-cache", "7"]) == 0
    assert "Removed 0 sets" in capsys.readouterr().out
    assert len(inventory.cached_sets()) == 2
    assert job.look().state == "done"
    other = PreparationJob(DataConfig(), data.cache_dir())
    other.file.write_text(json.dumps({"state": "working", "done": 3, "updated": time.time()}))
    assert main(["data", "--clear-cache"]) == 0
    assert "Removed 2 sets" in capsys.readouterr().out
    assert inventory.cached_sets() == []
    assert job.look().state == "none"
    assert other.look().state == "working"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Name either SOURCE"),
        (["synthetic", "--clear-cache"], "Name either SOURCE"),
        (["--clear-cache", "old"], "found 'old'"),
        (["--clear-cache=-1"], "found '-1'"),
        (["--clear-cache", "nan"], "found 'nan'"),
    ],
)
def test_mistakes_are_one_line(
    own_folders: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["data", *arguments]) == 2
    assert words in capsys.readouterr().err
