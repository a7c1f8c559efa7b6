"""Losses and key metrics of all arms over training, a panel a task: the mean over seeds and the band around it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from mtldemo.charts.colours import task_colour
from mtldemo.charts.comparison.arm_rows import arm_rows
from mtldemo.charts.comparison.arms import (
    BANDS,
    ArmRun,
    Band,
    BandKind,
    Curve,
    arm_bands,
    diverged_arms,
    grouped,
)
from mtldemo.charts.comparison.look import add_notes, draw_bands, end_labels, in_front, label_room, tall, x_range
from mtldemo.charts.losses import loss_shown, loss_unit, unit_of
from mtldemo.charts.metrics import metric_shown
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import (
    MARGINS,
    figure_height,
    hover_value,
    longest_time,
    nothing_yet,
    panel_title,
    panels,
    x_axis,
)
from mtldemo.charts.task_rows import gone_words, in_rows, part_gone
from mtldemo.charts.thin import smooth
from mtldemo.charts.words import headed, number, shortened
from mtldemo.records.frame import RunFrame
from mtldemo.sentences import listed
from mtldemo.tasks import Task

What = Literal["train", "validation", "metric"]
TITLES: dict[What, str] = {
    "train": "Training loss of each task",
    "validation": "Validation loss of each task",
    "metric": "What each task has learned",
}
CAPTIONS: dict[What, str] = {
    "train": "Loss on the training pictures",
    "validation": "Loss on the validation pictures after each epoch",
    "metric": "Key metric on the validation pictures after each epoch",
}
ROWS_CAPTION = (
    "A row a task, a panel a strategy: the fuller, the more of the first error or loss is gone, in one scale for all "
    "panels; purple is worse than at first. Choose at most eight tasks to see curves."
)
HEIGHT = 340
NARROW = 0.82
"""A panel's height where panels are stacked, as a share of what it is side by side."""
SETTLED = 0.2
"""The share of the training whose curves may leave the picture: they fall so far that nothing else could be seen."""
LISTED = 5
"""Arms that the words name for each task."""


def compared_curves(
    runs: Sequence[ArmRun], tasks: Sequence[Task], options: ChartOptions | None = None, *, what: What = "train",
    focus: Collection[str] = (), spread: BandKind = "range"
) -> Chart:  # fmt: skip
    """Each arm's mean over its seeds, one panel a task, named at its end; the band is what ``spread`` says.

    ``what`` is the ``train`` loss of each step (smoothed), the ``validation`` loss or the key ``metric`` of each epoch.
    Arms in ``focus`` stand out, the others are grey.
    """
    options = options or ChartOptions()
    title = TITLES[what]
    caption = f"{CAPTIONS[what]}. Lines are means over seeds, bands the {BANDS[spread]}."
    lost = diverged_arms(runs)
    if lost:
        whom = listed([f"{arm} ({share})" for arm, share in lost.items()])
        caption += f" Seeds that diverged end early, and a mean goes on without them: {whom}."
    table = curve_table(runs, tasks, what)
    if table.empty:
        return Chart(title, caption, nothing_yet("The first values will appear here."), f"{title}: none yet.", table)
    x_settings, divisor = x_axis(options, _longest(runs))
    arms = list(grouped(runs))
    parts = {task.name: arm_bands(runs, _curve(task, what, options, divisor), spread) for task in tasks}
    if in_rows(tasks):
        caption += f" {ROWS_CAPTION}"
        figure, alt = _rows(parts, arms, tasks, what, x_settings)
        return Chart(title, caption, figure, alt, table, figure_height(figure))
    log = options.log_y and what != "metric"
    height, room = tall(len(arms), HEIGHT), label_room(arms)
    inner = (height - MARGINS["t"] - MARGINS["b"]) * NARROW
    spans = {task.name: _span(parts[task.name], log=log) for task in tasks}
    y = [_y_axis(task, what, spans[task.name], log=log) for task in tasks]
    headings = [panel_title(task, _unit(task, what), tasks) for task in tasks]
    revision = f"{what} {x_settings['title']['text']} {log}"
    grid = {"across": 48 + room, "narrowest": 215 + room}
    figure = panels(headings, x=x_settings, y=y, revision=revision, height=height, grid=grid)
    figure.update_xaxes(range=x_range(parts.values()), nticks=5, tickangle=0)
    notes = []
    for index, task in enumerate(tasks):
        unit = task.measure.unit if what == "metric" else unit_of(task)
        hover = hover_value(task, "%{y:.1f}" if unit == "%" else "%{y:.4g}", unit)
        colour, uid = task_colour(task, tasks), f"{task.name} {what}"
        draw_bands(figure, index, parts[task.name], colour, focus, uid=uid, hover=hover)
        notes += end_labels(index, parts[task.name], focus, spans[task.name], inner, log=log)
    add_notes(figure, notes)
    order = "value descending" if what == "metric" else "value ascending"
    figure.update_layout(
        margin={"t": 34, "r": room},
        hoversort=order,
        hoverlabel={"font": {"size": 11 if len(arms) > 6 else 12}},
    )
    sentences = [_words(task, what, parts[task.name], focus, lost) for task in tasks if parts[task.name]]
    return Chart(title, caption, figure, f"{' '.join(sentences)}", table, height)


def _rows(
    parts: Mapping[str, Mapping[str, Band]],
    arms: Sequence[str],
    tasks: Sequence[Task],
    what: What,
    x_settings: dict[str, Any],
) -> tuple[Any, str]:
    """A panel an arm with a row a task, and what it shows in words."""
    factor = np.array([task.measure.factor if what == "metric" else 1.0 for task in tasks])
    rising = np.array([what == "metric" and task.higher_is_better for task in tasks])

    def errors(values: np.ndarray) -> np.ndarray:
        recorded = values / factor.reshape(-1, *[1] * (values.ndim - 1))
        return np.where(rising.reshape(-1, *[1] * (values.ndim - 1)), 1 - recorded, recorded)

    def strength(values: np.ndarray, first: np.ndarray) -> np.ndarray:
        return part_gone(errors(values), errors(first))

    def shown(task: Task, value: float) -> str:
        return metric_shown(task, value / task.measure.factor) if what == "metric" else loss_shown(task, value)

    figure = arm_rows(parts, arms, tasks, strength=strength, shown=shown, x_settings=x_settings, revision=what)
    first = errors(np.array([_mean([band.mean[0] for band in parts[task.name].values()]) for task in tasks]))
    sentences = []
    for arm in arms:
        ends = np.array([parts[task.name][arm].end[1] if arm in parts[task.name] else np.nan for task in tasks])
        gone = part_gone(errors(ends)[:, None], first)[:, 0]
        sentences.append(f"{arm}: {gone_words(tasks, gone, 'error' if what == 'metric' else 'loss')}.")
    return figure, " ".join(sentences)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else np.nan


def curve_table(runs: Sequence[ArmRun], tasks: Sequence[Task], what: What) -> pd.DataFrame:
    """One row a recorded step or epoch of each run: ``arm``, ``seed``, ``run``, ``step``, ``epoch``, ``time`` and a
    column a task; shares are 0 to 1."""
    parts = []
    for run in runs:
        frame = run.frame
        if what == "train":
            columns = {name: frame.steps[name] for name in ("step", "epoch", "time")}
            values = {task.name: frame.steps[f"losses.{task.name}"] for task in tasks}
        else:
            columns = {name: frame.epoch_values(name) for name in ("step", "epoch", "time")}
            values = {task.name: frame.epoch_values(*_path(task, what)) for task in tasks}
        if len(columns["step"]):
            parts.append(pd.DataFrame({"arm": run.arm, "seed": run.seed, "run": run.name, **columns, **values}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _longest(runs: Sequence[ArmRun]) -> float:
    """The newest training time in seconds; frames may hold the steps or the epochs alone."""
    ends = [time for run in runs for time in run.frame.epoch_values("time")[-1:] if np.isfinite(time)]
    return float(max([longest_time(*(run.frame.steps for run in runs)), *ends]))


def _path(task: Task, what: What) -> tuple[str, ...]:
    return ("val_losses", task.name) if what == "validation" else ("metrics", task.name, task.metric)


def _curve(task: Task, what: What, options: ChartOptions, divisor: float) -> Callable[[RunFrame], Curve]:
    def curve(frame: RunFrame) -> Curve:
        if what == "train":
            return frame.steps[options.x] / divisor, smooth(frame.steps[f"losses.{task.name}"], options.smoothing)
        scale = task.measure.factor if what == "metric" else 1.0
        return frame.epoch_values(options.x) / divisor, scale * frame.epoch_values(*_path(task, what))

    return curve


def _unit(task: Task, what: What) -> str:
    return headed(task.measure.title, task.measure.unit) if what == "metric" else loss_unit(task)


def _span(parts: dict[str, Band], *, log: bool) -> tuple[float, float]:
    """The range of y that shows all arms from where they have settled on; of logarithms where ``log``."""
    seen: list[np.ndarray] = []
    for band in parts.values():
        start, end = band.x[0], band.x[-1]
        late = band.x >= start + SETTLED * (end - start)
        seen += [band.mean[late], band.low[late], band.high[late]]
    values = np.concatenate(seen) if seen else np.array([0.0, 1.0])
    values = values[np.isfinite(values) & ((values > 0) if log else True)]
    if not len(values):
        return (0.0, 1.0)
    low, high = (float(np.log10(edge) if log else edge) for edge in (values.min(), values.max()))
    room = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
    return low - room, high + room


def _y_axis(task: Task, what: What, span: tuple[float, float], *, log: bool) -> dict[str, Any]:
    axis: dict[str, Any] = {"range": list(span)}
    if log:
        axis |= {"type": "log", "tickformat": "~g"}
    if what == "metric" and task.higher_is_better:
        axis |= {"ticksuffix": " %"}
    return axis


def _words(task: Task, what: What, parts: dict[str, Band], focus: Collection[str], lost: Mapping[str, str]) -> str:
    ends = {arm: band.end[1] for arm, band in parts.items()}
    rising = what == "metric" and task.higher_is_better
    unit = f" {task.measure.unit}".rstrip() if what == "metric" else ""
    front = in_front(list(ends), focus)
    candidates = [arm for arm in ends if arm in front and arm not in lost]
    order = sorted(candidates, key=lambda arm: -ends[arm] if rising else ends[arm])
    shown = order if len(order) <= LISTED else [*order[: LISTED - 1], order[-1]]
    words = [f"{shortened(arm, 40)} {number(ends[arm])}{unit}" for arm in shown]
    if len(order) > LISTED:
        words[-1] = f"last of {len(order)} {words[-1]}"
    which = "key metric" if what == "metric" else f"{what if what == 'validation' else 'training'} loss"
    ranked = f"best first: {', '.join(words)}" if words else "nobody is ranked"
    unranked = [f"{shortened(arm, 40)} ({lost[arm]})" for arm in ends if arm in front and arm in lost]
    left_out = f"; left out: {listed(unranked)}" if unranked else ""
    return f"{task.title}, {which} at the end, {ranked}{left_out}."
