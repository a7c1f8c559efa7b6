"""The shipped study's verdict, report and tables stay as they are, byte by byte."""

import json
from pathlib import Path

import pytest

from tests.study.golden_report import FILE, current


def test_what_is_said_of_the_shipped_study_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path))
    expected, found = json.loads(FILE.read_text(encoding="utf-8")), json.loads(json.dumps(current()))
    for part in ("verdict", "json", "tables", "report"):
        assert found[part] == expected[part]
