"""What a run computes with, in words."""

from typing import Any

import pytest

from mtldemo.config import ComputeConfig
from mtldemo.ui.arithmetic import changes_in_words, in_words

RECORDED = {"device": "cpu", "precision": "bf16", "layout": "channels_last", "threads": 1, "overlap": True}


def test_a_repeatable_run_says_that_nothing_was_measured() -> None:
    rows = in_words({**RECORDED, "adapts": False, "changes": [], "measured": {}}, ComputeConfig(repeatable=True))
    assert rows["Threads"] == "1 thread"
    assert rows["Precision"].startswith("16-bit (bfloat16)")
    assert rows["Memory layout"] == "Pixel by pixel (channels last)"
    assert rows["Chosen"].startswith("By rule, as the run is repeatable")
    assert "Changes" not in rows


def test_threads_that_adapt_say_when_and_why_they_changed() -> None:
    rows = in_words({**RECORDED, "threads": 2, "adapts": True, "changes": [[57, 1], [1200, 2]]}, ComputeConfig())
    assert rows["Threads"] == "Up to 2 threads, fewer while other programs are busy"
    assert rows["Changes"] == (
        "from step 57: 1 thread, other programs were busy; from step 1,200: 2 threads, cores were free again"
    )


@pytest.mark.parametrize(
    "changes", [7, "ab", [["a", 1]], [1], [None], [[1, 2, 3]], {"a": 1}], ids=lambda changes: repr(changes)
)
def test_whatever_is_recorded_is_no_failure(changes: Any) -> None:
    assert isinstance(changes_in_words(changes, None), str)
    assert in_words({"device": ["x"], "precision": {}, "threads": "two", "changes": changes}, ComputeConfig())
