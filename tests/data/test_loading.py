"""The drawn set comes the same way as any other, once."""

import sys
from pathlib import Path
from subprocess import run

import numpy as np
import pytest

from mtldemo.config import DataConfig, SyntheticConfig
from mtldemo.data import load, synthetic


def test_drawn_portraits_are_drawn_once_and_say_so(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = DataConfig(image_size=16, synthetic=SyntheticConfig(images=60))
    first = load(config)
    assert len(first) == 60
    assert first.name == "synthetic"
    assert first.notice == synthetic.NOTICE
    assert first.duplicates.empty
    monkeypatch.setattr(synthetic, "draw", None)
    assert load(config).key == first.key
    assert all(path.is_relative_to(cache) for path in cache.rglob("*"))


def test_other_settings_draw_another_set() -> None:
    keys = {load(DataConfig(image_size=16, synthetic=SyntheticConfig(images=images))).key for images in (60, 61)}
    assert len(keys) == 2


def test_labels_and_indices_go_together() -> None:
    dataset = load(DataConfig(image_size=16, synthetic=SyntheticConfig(images=60)))
    parts = [dataset.indices(split) for split in ("train", "val", "test")]
    assert sorted(np.concatenate(parts).tolist()) == list(range(60))
    assert dataset.labels("age").dtype == np.float32
    assert (dataset.labels("gender", parts[1]) == dataset.table["gender"].to_numpy()[parts[1]]).all()


def test_scanning_and_preparing_import_no_torch() -> None:
    code = "import sys, mtldemo.data.loading, mtldemo.data.report, mtldemo.cli.data; sys.exit('torch' in sys.modules)"
    run([sys.executable, "-c", code], check=True)
