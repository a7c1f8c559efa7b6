"""A run's records as far as this session has read them: each look reads only what was added since the last."""

from dataclasses import dataclass, field

import streamlit as st

from mtldemo.records.frame import RunFrame
from mtldemo.runs import RunFolder

KEPT_RUNS = 3
"""Runs whose records one session keeps; looking at another forgets the one that wasn't looked at longest."""


@dataclass
class Readings:
    """The records read so far, how many lines among them were damaged, and the byte they end at."""

    frame: RunFrame = field(default_factory=RunFrame)
    offset: int = 0
    damaged: int = 0


def read_on(run: RunFolder) -> RunFrame:
    """All that the run has recorded. Reads from where this session stopped, or from the start where the file was cut
    back since. Raises ``MtlDemoError`` where it can't be read."""
    by_run: dict[str, Readings] = st.session_state.setdefault("readings", {})
    key = str(run.path)
    readings = by_run.pop(key, Readings())
    added = run.follow(readings.offset)
    if added.restarted:
        readings = Readings()
    readings.frame.extend(added.records)
    readings.offset = added.next_offset
    readings.damaged += added.skipped
    by_run[key] = readings
    while len(by_run) > KEPT_RUNS:
        by_run.pop(next(iter(by_run)))
    return readings.frame


def damaged_lines(run: RunFolder) -> int:
    """How many lines of what ``read_on`` has read were no records."""
    return st.session_state["readings"][str(run.path)].damaged
