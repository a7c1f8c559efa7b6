"""A cache of each data test's own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder below the test's own folder (not yet there)."""
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MTLDEMO_DATA", str(tmp_path / "nothing"))
    return tmp_path / "cache"
