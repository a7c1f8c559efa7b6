"""The server that tests, benchmarks and pictures share."""

import urllib.request
from pathlib import Path

import pytest

from tests.serving import served


def test_it_answers_and_ends(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text("import streamlit as st\nst.title('Here')\n")
    with served(script) as url, urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.status == 200
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=5)


def test_what_a_server_said_that_did_not_start_is_kept(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"didn't start:(?s:.*)nowhere\.py"), served(tmp_path / "nowhere.py"):
        pass
