"""How much better or worse than the baseline each arm is on each of many tasks, as a heat map."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import task_colour
from mtldemo.charts.comparison.difference_words import difference_hover
from mtldemo.charts.comparison.heat import Cell, Heading, heat
from mtldemo.charts.comparison.units import Metrics, measure_of
from mtldemo.charts.words import number
from mtldemo.tasks import Task

CAPTION = (
    "The fuller the colour, the larger the difference among those of its task; grey is better, purple worse. Bold "
    "figures stand out from chance even though so many were looked at (Holm's correction), faint ones don't; tasks "
    "with bold ones stand first."
)


def difference_map(
    table: pd.DataFrame, tasks: Sequence[Task], arms: Sequence[str], metrics: Metrics | None = None
) -> go.Figure:
    """A cell an arm and task of ``table``, which is that of ``difference_forest``; ``arms`` in their order."""
    cells: dict[tuple[str, str], Cell] = {}
    keys: dict[str, tuple[int, float]] = {}
    for task in tasks:
        metric = measure_of(task, metrics)
        rows: Any = table.loc[table["task"] == task.name]
        largest = float(np.abs(rows["gain"].to_numpy(dtype=np.float64)).max(initial=0.0)) or 1.0
        for row in rows.to_dict("records"):
            gain, sure = float(row["gain"]), row["better"] is not None
            cells[str(row["arm"]), task.name] = Cell(
                text=_signed(metric.factor * gain), strength=gain / largest,
                hover=difference_hover(row, metric), bold=sure, faint=not sure,
            )  # fmt: skip
        chances = rows["p_holm"].to_numpy(dtype=np.float64)
        keys[task.name] = (-sum(better is not None for better in rows["better"]), float(np.nanmin([*chances, 1.0])))
    order = sorted(tasks, key=lambda task: keys[task.name])
    # A task's own colour would hide that purple is worse: some of many tasks are purple themselves.
    headings = {task.name: Heading((task.title,), (task_colour(task, tasks),), fills=False) for task in order}
    return heat(arms, headings, cells, name="differences")


def _signed(gain: float) -> str:
    """Two digits with the sign: ``+1.5``, ``−12,000``, ``0``."""
    size = float(f"{gain:.2g}")
    return f"{'+' if size > 0 else '−'}{number(abs(size))}" if size else "0"
