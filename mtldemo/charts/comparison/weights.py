"""The weights that every arm applied over training, as small multiples: a panel an arm on equal axes."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.charts.colours import NEUTRAL, task_colour, task_dash, with_alpha
from mtldemo.charts.comparison.arm_rows import arm_rows
from mtldemo.charts.comparison.arms import BANDS, ArmRun, Band, BandKind, Curve, arm_bands, grouped
from mtldemo.charts.comparison.look import area, x_range
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import (
    figure_height,
    hover_value,
    legend_entry,
    line,
    longest_time,
    nothing_yet,
    panels,
    x_axis,
)
from mtldemo.charts.task_rows import in_rows, newest_words, part_of_most, plain_number
from mtldemo.charts.thin import smooth
from mtldemo.charts.words import short_names
from mtldemo.records.frame import RunFrame
from mtldemo.sentences import listed
from mtldemo.tasks import Task

HEIGHT = 250
SMALL = {"narrowest": 140, "across": 18, "down": 40, "shared": "xy"}
"""How a grid of small panels wraps: two stand side by side on a phone."""
EVEN = 0.03
"""Shares that differ by less from 1/K count as equal."""


def compared_weights(
    runs: Sequence[ArmRun], tasks: Sequence[Task], options: ChartOptions | None = None, *, normalised: bool = True,
    spread: BandKind = "range"
) -> Chart:  # fmt: skip
    """One panel an arm, one colour a task: the mean weight over seeds and the band that ``spread`` says.

    ``normalised`` weights are shares of their sum (of sizes, since a merged gradient's may be negative); else they are
    as applied. All panels have the same axes.
    """
    options = options or ChartOptions()
    title = "Weight of each task, strategy by strategy"
    what = "Each step's weights as shares that sum to 1" if normalised else "As applied to the losses"
    caption = f"{what}; equal axes. Lines are means over seeds, bands the {BANDS[spread]}."
    table = weight_table(runs, tasks, normalised=normalised)
    if table.empty:
        return Chart(title, caption, nothing_yet("The first weights will appear here."), f"{title}: none yet.", table)
    x_settings, divisor = x_axis(options, longest_time(*(run.frame.steps for run in runs)))
    arms = list(grouped(runs))
    applied = {id(run.frame): _weights(run.frame, tasks, normalised=normalised) for run in runs}
    parts = {
        task.name: arm_bands(runs, _curve(applied, index, options, divisor), spread) for index, task in enumerate(tasks)
    }
    log = options.log_y and not normalised
    if in_rows(tasks):
        caption = (
            f"{what}, means over seeds: a row a task, a panel a strategy; the fuller, the larger, in one scale for all "
            "panels, negative ones purple."
        )
        figure = arm_rows(
            parts, arms, tasks, strength=lambda values, first: part_of_most(values, log=log), shown=plain_number,
            x_settings=x_settings, revision=f"weights {normalised} {log}",
        )  # fmt: skip
        alt = _words(parts, arms, tasks, normalised=normalised)
        return Chart(title, caption, figure, alt, table, figure_height(figure))
    y = _y_axis(parts, normalised=normalised, log=log)
    names = short_names(arms)
    figure = panels(
        [f"<b>{escape(names[arm])}</b>" for arm in arms],
        x={**x_settings, "range": x_range(parts.values()), "nticks": 4, "tickangle": 0},
        y=[y] * len(arms),
        revision=f"weights {x_settings['title']['text']} {normalised} {log} {len(arms)}",
        height=HEIGHT,
        grid=SMALL,
    )
    traces = []
    for panel, arm in enumerate(arms):
        for index, task in enumerate(tasks):
            band = parts[task.name].get(arm)
            if band is not None:
                traces += _lines(
                    arm, task, band, panel, width=max(1.6, 5 - 1.7 * index) if _alike(parts, arm) else 2, tasks=tasks
                )
    entries = [
        legend_entry(
            escape(task.title),
            task.name,
            line={"color": task_colour(task, tasks), "width": 3, "dash": task_dash(task, tasks)},
        )
        for task in tasks
    ]
    figure.add_traces([*entries, *traces])
    figure.update_layout(shapes=[_even(panel, len(tasks)) for panel in range(len(arms))] if normalised else [])
    return Chart(title, caption, figure, _words(parts, arms, tasks, normalised=normalised), table, HEIGHT)


def shares(frame: RunFrame, tasks: Sequence[Task]) -> np.ndarray:
    """The weights of each step as shares of the sum of their sizes: [N, K], each row sums to 1."""
    sizes = np.abs(np.column_stack([frame.steps[f"weights.{task.name}"] for task in tasks]))
    whole = sizes.sum(axis=1, keepdims=True)
    return np.divide(sizes, whole, out=np.full_like(sizes, np.nan), where=whole > 0)


def weight_table(runs: Sequence[ArmRun], tasks: Sequence[Task], *, normalised: bool) -> pd.DataFrame:
    """One row a recorded step of each run: ``arm``, ``seed``, ``run``, ``step``, ``epoch``, ``time``, and the tasks."""
    parts = []
    for run in runs:
        steps = run.frame.steps
        if len(steps):
            columns = {name: steps[name] for name in ("step", "epoch", "time")}
            values = shares(run.frame, tasks).T if normalised else [steps[f"weights.{task.name}"] for task in tasks]
            weights = {task.name: column for task, column in zip(tasks, values, strict=True)}
            parts.append(pd.DataFrame({"arm": run.arm, "seed": run.seed, "run": run.name, **columns, **weights}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _weights(frame: RunFrame, tasks: Sequence[Task], *, normalised: bool) -> np.ndarray:
    """The weights [N, K] of each step, as shares or as applied."""
    if normalised:
        return shares(frame, tasks)
    return np.column_stack([frame.steps[f"weights.{task.name}"] for task in tasks])


def _curve(
    applied: Mapping[int, np.ndarray], index: int, options: ChartOptions, divisor: float
) -> Callable[[RunFrame], Curve]:
    """One task's weights, out of those that were ``applied`` in the frame of that ``id``."""

    def curve(frame: RunFrame) -> Curve:
        values = applied[id(frame)][:, index]
        return frame.steps[options.x] / divisor, smooth(values, options.smoothing)

    return curve


def _y_axis(parts: dict[str, dict[str, Band]], *, normalised: bool, log: bool) -> dict[str, Any]:
    if normalised:
        return {"range": [-0.02, 1.1], "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": "~g"}
    edges = [
        edge
        for by_arm in parts.values()
        for band in by_arm.values()
        for edge in (np.nanmin(band.mean), np.nanmax(band.mean))
        if not log or edge > 0
    ]
    low, high = (min(edges), max(edges)) if edges else (0.0, 1.0)
    if log:
        return {"type": "log", "range": [np.log10(low) - 0.1, np.log10(high) + 0.1], "tickformat": "~g"}
    low = min(low, 0.0)
    room = 0.04 * (high - low) or 0.5
    return {"range": [low - room, high + room], "tickformat": "~g"}


def _lines(arm: str, task: Task, band: Band, panel: int, width: float, tasks: Sequence[Task]) -> list[Any]:
    colour, known = task_colour(task, tasks), np.isfinite(band.low)
    drawn: list[Any] = []
    if known.any() and np.nanmax(band.high - band.low) > 0:
        uid = f"{panel} {arm} {task.name} band"
        band_area = area(uid, panel, band.x[known], band.low[known], band.high[known], colour)
        drawn.append(band_area.update(legendgroup=task.name))
    drawn.append(
        line(
            f"{panel} {arm} {task.name}",
            band.x,
            band.mean,
            panel,
            colour=colour,
            width=width,
            line={"dash": task_dash(task, tasks)},
            legendgroup=task.name,
            meta={"arm": arm},
            hovertemplate=hover_value(task, "%{y:.3g}", "", "weight"),
        )
    )
    return drawn


def _alike(parts: dict[str, dict[str, Band]], arm: str) -> bool:
    """Whether the tasks' curves lie on each other, so that they have to be of different widths to be seen."""
    curves = [by_arm[arm].mean for by_arm in parts.values() if arm in by_arm]
    return all(np.allclose(curve, curves[0], rtol=0.01, equal_nan=True) for curve in curves)


def _even(panel: int, tasks: int) -> dict[str, Any]:
    """A line where the weights are equal."""
    suffix = "" if panel == 0 else str(panel + 1)
    return {
        "type": "line",
        "layer": "below",
        "xref": f"x{suffix} domain",
        "yref": f"y{suffix}",
        "x0": 0,
        "x1": 1,
        "y0": 1 / tasks,
        "y1": 1 / tasks,
        "line": {"color": with_alpha(NEUTRAL, 0.8), "width": 1, "dash": "dot"},
    }


def _words(parts: dict[str, dict[str, Band]], arms: list[str], tasks: Sequence[Task], *, normalised: bool) -> str:
    sentences, even = [], []
    for arm in arms:
        ends = [(task, parts[task.name][arm].end[1]) for task in tasks if arm in parts[task.name]]
        if not ends:
            continue
        if normalised and len(ends) > 1 and max(abs(end - 1 / len(ends)) for _, end in ends) < EVEN:
            even.append(arm)
        else:
            newest = np.array([end for _, end in ends])
            sentences.append(f"{arm}: {newest_words([task for task, _ in ends], newest, plain_number)}")
    kind = "Shares of the weights at the end" if normalised else "Applied weights at the end"
    if even:
        sentences.append(f"{listed(even)}: all equal")
    return f"{kind}. {'; '.join(sentences)}."
