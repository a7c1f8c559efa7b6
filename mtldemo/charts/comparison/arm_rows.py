"""Many tasks over time under each arm: a panel an arm, a row a task, coloured alike in all panels."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mtldemo.charts.comparison.arms import Band
from mtldemo.charts.task_rows import FEWER_SPANS, TaskRows, task_rows
from mtldemo.charts.words import short_names
from mtldemo.tasks import Task


def arm_rows(
    parts: Mapping[str, Mapping[str, Band]],
    arms: Sequence[str],
    tasks: Sequence[Task],
    *,
    strength: Callable[[np.ndarray, np.ndarray], np.ndarray],
    shown: Callable[[Task, float], str],
    x_settings: dict[str, Any],
    revision: str,
) -> go.Figure:
    """Each task's mean over the seeds, ``parts`` by task and arm. ``strength`` makes colours [K, M] of values [K, M]
    and of the arms' mean value [K] of each task at first; ``shown`` writes a task's value with its unit.

    A task that an arm doesn't learn, or that nothing is recorded of, is an empty row.
    """
    drawn = [arm for arm in arms if any(arm in by_arm for by_arm in parts.values())]
    tables = [_rows(parts, arm, tasks) for arm in drawn]
    firsts = np.stack([table.first for table in tables])
    known = np.isfinite(firsts)
    sums, counts = np.where(known, firsts, 0.0).sum(axis=0), known.sum(axis=0)
    first = np.divide(sums, counts, out=np.full(len(tasks), np.nan), where=counts > 0)
    # Together, so that what is as strong has one colour in all panels.
    edges = np.cumsum([0, *(table.values.shape[1] for table in tables)])
    together = strength(np.column_stack([table.values for table in tables]), first)
    names = short_names(drawn)
    return task_rows(
        tasks,
        tables,
        [together[:, start:end] for start, end in pairwise(edges)],
        headings=[f"<b>{escape(names[arm])}</b>" for arm in drawn],
        shown=shown,
        x_settings=x_settings,
        revision=f"{revision} rows {len(drawn)}",
        metas=[{"arm": arm} for arm in drawn],
    )


def _rows(parts: Mapping[str, Mapping[str, Band]], arm: str, tasks: Sequence[Task]) -> TaskRows:
    bands = [parts[task.name].get(arm) for task in tasks]
    x = next(band.x for band in bands if band is not None)
    means = [
        np.full(len(x), np.nan) if band is None else np.interp(x, band.x, band.mean, left=np.nan, right=np.nan)
        for band in bands
    ]
    return TaskRows.of(x, np.column_stack(means), FEWER_SPANS)
