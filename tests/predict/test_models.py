import os
from pathlib import Path

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.predict import models
from mtldemo.predict.models import choice, choices, key_of


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """Runs ``old``, ``new`` and ``utkface``, the study ``three`` of two runs, one run without a model and the trash."""
    for age, name in enumerate(("new", "utkface", "old", "three/dwa-s0", "three/equal-s0", ".trash/gone~1", ".new-1")):
        file = tmp_path / name / "model.safetensors"
        file.parent.mkdir(parents=True)
        file.touch()
        os.utime(file, (1e9 - age, 1e9 - age))
    (tmp_path / "unfinished").mkdir()
    return tmp_path


@pytest.fixture
def shipped(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the place of the model that comes with the project."""
    file = tmp_path_factory.mktemp("shipped") / "utkface.safetensors"
    file.touch()
    monkeypatch.setattr(models, "SHIPPED", file)
    return file


def test_what_there_is_to_choose(runs_dir: Path, shipped: Path) -> None:
    found = choices(runs_dir)
    assert [one.key for one in found] == ["utkface", "new", "./utkface", "old", "three/dwa-s0", "three/equal-s0"]
    assert found[0].shipped
    assert found[0].path == shipped
    assert found[4].title == "three · dwa-s0"
    assert [one.study for one in found] == ["", "", "", "", "three", "three"]
    assert choices(runs_dir / "nowhere") == found[:1]


def test_without_the_shipped_model(runs_dir: Path, shipped: Path) -> None:
    shipped.unlink()
    assert choices(runs_dir)[0].key == "new"


def test_a_run_is_found_by_its_key(runs_dir: Path, shipped: Path) -> None:
    assert choice(key_of("utkface"), runs_dir).path == runs_dir / "utkface" / "model.safetensors"
    assert choice(key_of("dwa-s0", "three"), runs_dir).path == runs_dir / "three" / "dwa-s0" / "model.safetensors"
    assert choice("utkface", runs_dir).path == shipped


@pytest.mark.parametrize(
    "key", ["", "..", "../new", "/etc/passwd", "three", "three/../new", "unfinished", ".new-1", "new/", "NEW", "a\0b"]
)
def test_nothing_else_becomes_a_path(runs_dir: Path, key: str) -> None:
    with pytest.raises(MtlDemoError, match="There is no model"):
        choice(key, runs_dir)
