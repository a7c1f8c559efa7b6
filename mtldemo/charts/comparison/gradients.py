"""How the task gradients lie to each other under each arm: cosines over time and in the mean, and their norms."""

from collections.abc import Callable, Collection, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.charts.colours import task_colour
from mtldemo.charts.comparison.arm_rows import arm_rows
from mtldemo.charts.comparison.arms import BANDS, ArmRun, Band, BandKind, Curve, arm_bands, grouped
from mtldemo.charts.comparison.heat import Cell, Heading, heat
from mtldemo.charts.comparison.look import add_notes, draw_bands, end_labels, in_front, label_room, tall, x_range
from mtldemo.charts.gradients import GRADIENT_SMOOTHING, ZERO_LINE
from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.charts.style import (
    MARGINS,
    figure_height,
    hover_name,
    hover_value,
    longest_time,
    nothing_yet,
    panel_title,
    panels,
    x_axis,
)
from mtldemo.charts.task_rows import in_rows, newest_words, part_of_most, plain_number
from mtldemo.charts.thin import smooth
from mtldemo.charts.words import number, shortened
from mtldemo.records.frame import Columns, RunFrame
from mtldemo.tasks import Task

HEIGHT = 320
NARROW = 0.82
LISTED = 4
MOST_PAIRS = 10
"""Pairs of tasks that are drawn: all of five tasks; of more tasks those most in conflict."""
NONE_YET = "None of these runs has compared its gradients yet."
HEAVY = 0.95
"""Gradients are measured every few steps, so the smoothing of steps is taken down to this share of their number."""


def compared_cosines(
    runs: Sequence[ArmRun], tasks: Sequence[Task], options: ChartOptions | None = None, *,
    focus: Collection[str] = (), spread: BandKind = "range"
) -> Chart:  # fmt: skip
    """The cosine between two tasks' gradients over time, a panel a pair, a line an arm; below 0 is conflict."""
    options = options or ChartOptions()
    title = "Do the tasks pull together?"
    caption = (
        "Cosine between two tasks' gradients at the shared features: 1 the same way, 0 unrelated, below 0 in conflict. "
        f"Means over seeds, bands the {BANDS[spread]}."
    )
    pairs, caption = _most_conflicting(runs, pairs_of(runs, tasks), caption)
    if not pairs:
        text = "One task has nothing to compare." if len(tasks) == 1 else NONE_YET
        return Chart(title, caption, nothing_yet(text), "No gradient cosine recorded yet.", pd.DataFrame())
    parts, x_settings = _bands(runs, "cosines", pairs, options, spread)
    figure, room = _figure(runs, [pair_heading(pair, tasks) for pair in pairs], x_settings, "cosines")
    low, high = _within([band for by_arm in parts.values() for band in by_arm.values()])
    figure.update_yaxes(range=[low, high], tickformat=".2~f")
    notes, zeros = [], []
    inner = (figure_height(figure) - MARGINS["t"] - MARGINS["b"]) * NARROW
    for index, pair in enumerate(pairs):
        hover = f"%{{y:.2f}}<extra>{hover_name(_pair_words(pair, tasks))}</extra>"
        draw_bands(figure, index, parts[pair], None, focus, uid=f"cosine {pair}", hover=hover)
        notes += end_labels(index, parts[pair], focus, (low, high), inner)
        suffix = "" if index == 0 else str(index + 1)
        zeros.append({**ZERO_LINE, "xref": f"x{suffix} domain", "yref": f"y{suffix}"})
    _finish(figure, notes, parts, room, len(grouped(runs)), "value descending")
    figure.update_layout(shapes=zeros)
    sentences = [f"{_pair_words(pair, tasks)}: {_ends(parts[pair], focus)}" for pair in pairs]
    alt = f"Cosine between task gradients at the end. {'. '.join(sentences)}."
    return Chart(title, caption, figure, alt, gradient_table(runs, "cosines", pairs), figure_height(figure))


def compared_norms(
    runs: Sequence[ArmRun], tasks: Sequence[Task], options: ChartOptions | None = None, *,
    focus: Collection[str] = (), spread: BandKind = "range"
) -> Chart:  # fmt: skip
    """The length of each task's gradient at the shared features over time, a panel a task, logarithmic."""
    options = options or ChartOptions()
    title = "Strength of each task's gradient"
    caption = f"Norm at the shared features before weighting, logarithmic. Means, bands the {BANDS[spread]}."
    names = [task.name for task in tasks]
    parts, x_settings = _bands(runs, "norms", names, options, spread)
    shown = [task for task in tasks if parts[task.name]]
    if not shown:
        return Chart(title, caption, nothing_yet(NONE_YET), "No gradient norm recorded yet.", pd.DataFrame())
    if in_rows(tasks):
        caption += (
            " A row a task, a panel a strategy: the fuller, the larger, by its logarithm and in one scale for all "
            "panels. Choose at most eight tasks to see curves."
        )
        arms = list(grouped(runs))
        figure = arm_rows(
            parts, arms, tasks, strength=lambda values, first: part_of_most(values, log=True), shown=plain_number,
            x_settings=x_settings, revision="norms",
        )  # fmt: skip
        alt = f"Norm of the task gradients at the end. {_rows_words(parts, arms, tasks)}"
        table = gradient_table(runs, "norms", names)
        return Chart(title, caption, figure, alt, table, figure_height(figure))
    figure, room = _figure(runs, [panel_title(task, "norm", tasks) for task in shown], x_settings, "norms")
    every = np.concatenate([band.mean for task in shown for band in parts[task.name].values()])
    every = every[np.isfinite(every) & (every > 0)]
    span = (float(np.log10(every.min())) - 0.1, float(np.log10(every.max())) + 0.1) if len(every) else (-1.0, 1.0)
    # One scale for all, since the tasks' strengths are what is compared.
    figure.update_yaxes(type="log", range=list(span), tickformat="~g", dtick=1 if span[1] - span[0] > 1.2 else "D2")
    notes = []
    inner = (figure_height(figure) - MARGINS["t"] - MARGINS["b"]) * NARROW
    for index, task in enumerate(shown):
        colour = task_colour(task, tasks)
        hover = hover_value(task, "%{y:.3g}", "", "norm")
        draw_bands(figure, index, parts[task.name], colour, focus, uid=f"norm {task.name}", hover=hover)
        notes += end_labels(index, parts[task.name], focus, span, inner, log=True)
    _finish(figure, notes, parts, room, len(grouped(runs)), "value descending")
    sentences = [f"{task.title}: {_ends(parts[task.name], focus)}" for task in shown]
    alt = f"Norm of the task gradients at the end. {'. '.join(sentences)}."
    return Chart(title, caption, figure, alt, gradient_table(runs, "norms", names), figure_height(figure))


def cosine_heat(runs: Sequence[ArmRun], tasks: Sequence[Task]) -> Chart:
    """Each arm's mean cosine over its training for each pair of tasks; grey pulls together, purple is in conflict."""
    title = "Which strategies live with conflict"
    caption = (
        "Mean cosine between two tasks' gradients over the whole training and all seeds. Purple is conflict, grey is "
        "agreement. Hover for the share of measurements in conflict."
    )
    pairs, caption = _most_conflicting(runs, pairs_of(runs, tasks), caption)
    rows: list[tuple[str, str, float, float, int]] = []
    for arm, members in grouped(runs).items():
        for pair in pairs:
            values = np.concatenate([run.frame.gradients[f"cosines.{pair}"] for run in members])
            values = values[np.isfinite(values)]
            if len(values):
                rows.append((arm, pair, float(values.mean()), float((values < 0).mean()), len(values)))
    columns = ["arm", "pair", "mean_cosine", "share_in_conflict", "measurements"]
    table: Any = pd.DataFrame(rows, columns=columns)
    if table.empty:
        return Chart(title, caption, nothing_yet(NONE_YET), "No gradient cosine recorded yet.", table)
    largest = max(0.2, float(table["mean_cosine"].abs().max()))
    cells = {
        (arm, pair): Cell(
            text=_signed(mean),
            strength=mean / largest,
            hover=f"mean {mean:+.2f}, in conflict {100 * share:.0f} % of the time",
        )
        for arm, pair, mean, share, _ in rows
    }
    order = table.groupby("arm", sort=False)["mean_cosine"].mean().sort_values(ascending=False)
    titles = {task.name: task.title for task in tasks}
    headings = {
        pair: Heading(
            tuple(titles[name] for name in pair.split("|")), tuple(task_colour(name, tasks) for name in pair.split("|"))
        )
        for pair in pairs
    }
    figure = heat([str(arm) for arm in order.index], headings, cells, name="cosines")
    first, last = str(order.index[0]), str(order.index[-1])
    alt = (
        f"Mean cosine over all pairs is highest under {first} ({order.iloc[0]:.2f}) and lowest under {last} "
        f"({order.iloc[-1]:.2f}); {int((table['mean_cosine'] < 0).sum())} of {len(table)} cells are in conflict."
    )
    return Chart(title, caption, figure, alt, table, figure_height(figure))


def pairs_of(runs: Sequence[ArmRun], tasks: Sequence[Task]) -> list[str]:
    """The pairs among ``tasks`` that any run has measured, such as ``age|gender``."""
    names = {task.name for task in tasks}
    pairs_measured = dict.fromkeys(pair for run in runs for pair in run.frame.gradients.below("cosines"))
    return [pair for pair in pairs_measured if set(pair.split("|")) <= names]


def _most_conflicting(runs: Sequence[ArmRun], pairs: list[str], caption: str) -> tuple[list[str], str]:
    """``pairs`` as they are, or where they are many those of the lowest mean cosine over all runs, the lowest first;
    and the ``caption``, which says so."""
    if len(pairs) <= MOST_PAIRS:
        return pairs, caption
    means = dict[str, float]()
    for pair in pairs:
        values = np.concatenate([run.frame.gradients[f"cosines.{pair}"] for run in runs])
        values = values[np.isfinite(values)]
        means[pair] = float(values.mean()) if len(values) else np.inf
    shown = sorted(pairs, key=means.__getitem__)[:MOST_PAIRS]
    return shown, f"{caption} Of {len(pairs)} pairs of tasks, the {MOST_PAIRS} most in conflict, the worst first."


def pair_heading(pair: str, tasks: Sequence[Task]) -> str:
    """The names of a pair's tasks behind the squares of their colours."""
    titles = {task.name: escape(task.title) for task in tasks}
    squares = "".join(f"<span style='color:{task_colour(name, tasks)}'>■</span>" for name in pair.split("|"))
    first, second = (titles[name] for name in pair.split("|"))
    return f"{squares} <b>{first}</b> and <b>{second}</b>"


def gradient_table(runs: Sequence[ArmRun], what: str, names: Sequence[str]) -> pd.DataFrame:
    """One row a measurement of each run: ``arm``, ``seed``, ``run``, ``step``, ``epoch``, ``time``, a column a name."""
    parts = []
    for run in runs:
        gradients = run.frame.gradients
        if len(gradients):
            columns = {name: gradients[name] for name in ("step", "epoch", "time")}
            values = {name: gradients[f"{what}.{name}"] for name in names}
            parts.append(pd.DataFrame({"arm": run.arm, "seed": run.seed, "run": run.name, **columns, **values}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _bands(
    runs: Sequence[ArmRun], what: str, names: Sequence[str], options: ChartOptions, spread: BandKind
) -> tuple[dict[str, dict[str, Band]], dict[str, Any]]:
    parts_of_time: list[Columns] = [run.frame.gradients for run in runs]
    x_settings, divisor = x_axis(options, longest_time(*parts_of_time))

    def taken(name: str) -> Callable[[RunFrame], Curve]:
        def curve(frame: RunFrame) -> Curve:
            values = frame.gradients[f"{what}.{name}"]
            decay = min(HEAVY, max(GRADIENT_SMOOTHING, options.smoothing)) if options.smoothing else 0
            return frame.gradients[options.x] / divisor, smooth(values, decay)

        return curve

    return {name: arm_bands(runs, taken(name), spread) for name in names}, x_settings


def _figure(runs: Sequence[ArmRun], headings: list[str], x_settings: dict[str, Any], what: str) -> tuple[Any, int]:
    arms = list(grouped(runs))
    room = label_room(arms)
    grid = {"across": 48 + room, "narrowest": 215 + room}
    revision = f"{what} {x_settings['title']['text']}"
    return panels(headings, x=x_settings, revision=revision, height=tall(len(arms), HEIGHT), grid=grid), room


def _finish(figure: Any, notes: list[Any], parts: dict[str, dict[str, Band]], room: int, arms: int, order: str) -> None:
    add_notes(figure, notes)
    figure.update_xaxes(range=x_range(parts.values()), nticks=5, tickangle=0)
    figure.update_layout(
        margin={"t": 34, "r": room}, hoversort=order, hoverlabel={"font": {"size": 11 if arms > 6 else 12}}
    )


def _within(parts: Sequence[Band]) -> tuple[float, float]:
    """A range of cosines that holds all means and zero, with some room."""
    values = np.concatenate([band.mean[np.isfinite(band.mean)] for band in parts] or [np.zeros(1)])
    low, high = min(0.0, float(values.min(initial=0))), max(0.0, float(values.max(initial=0)))
    room = max(0.05, 0.08 * (high - low))
    return max(-1.05, low - room), min(1.05, high + room)


def _ends(parts: dict[str, Band], focus: Collection[str]) -> str:
    front = in_front(list(parts), focus)
    ends = sorted(((band.end[1], arm) for arm, band in parts.items() if arm in front), reverse=True)
    shown = ends if len(ends) <= LISTED else [*ends[: LISTED - 1], ends[-1]]
    words = [f"{shortened(arm, 40)} {number(end)}" for end, arm in shown]
    if len(ends) > LISTED:
        words[-1] = f"lowest of {len(ends)} {words[-1]}"
    return ", ".join(words)


def _rows_words(parts: dict[str, dict[str, Band]], arms: Sequence[str], tasks: Sequence[Task]) -> str:
    """Which of many tasks are strongest at the end under each arm."""
    sentences = []
    for arm in arms:
        ends = np.array([parts[task.name][arm].end[1] if arm in parts[task.name] else np.nan for task in tasks])
        sentences.append(f"{arm}: {newest_words(tasks, ends, plain_number)}.")
    return " ".join(sentences)


def _pair_words(pair: str, tasks: Sequence[Task]) -> str:
    titles = {task.name: task.title for task in tasks}
    return " and ".join(titles[name] for name in pair.split("|"))


def _signed(mean: float) -> str:
    """``+0.12``, ``−0.12``, and ``0.00`` without a sign."""
    return f"{mean:+.2f}".replace("-", "−") if abs(mean) >= 0.005 else "0.00"
