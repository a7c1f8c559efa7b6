"""What was measured on this machine is remembered."""

from pathlib import Path

import pytest

from mtldemo.training.choices import remembered


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path))
    return tmp_path


def test_the_first_measurement_holds_for_what_was_asked() -> None:
    assert remembered(("net", 64), lambda: {"a": 1.0, "b": 2.0}) == {"a": 1.0, "b": 2.0}
    assert remembered(("net", 64), lambda: {"a": 3.0, "b": 1.0}) == {"a": 1.0, "b": 2.0}
    assert remembered(("net", 32), lambda: {"a": 3.0}) == {"a": 3.0}


def test_one_that_was_disturbed_is_not_kept() -> None:
    assert remembered(("net",), lambda: {"a": 1.0}, sure=lambda: False) == {"a": 1.0}
    assert remembered(("net",), lambda: {"a": 5.0}) == {"a": 5.0}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"[" * 100_000, b'{"x": NaN}', b"\xff"])
def test_a_damaged_table_is_measured_anew(cache: Path, content: bytes) -> None:
    (cache / "speeds.json").write_bytes(content)
    assert remembered(("net",), lambda: {"a": 1.0}) == {"a": 1.0}
    assert remembered(("net",), lambda: {"a": 2.0}) == {"a": 1.0}


def test_a_folder_that_cannot_be_written_is_no_matter(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache / "file").touch()
    monkeypatch.setenv("MTLDEMO_CACHE", str(cache / "file" / "below"))
    assert remembered(("net",), lambda: {"a": 1.0}) == {"a": 1.0}
