"""How much better or worse than the baseline each arm is: the forest plot of the verdict, and delta-m as bars."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.comparison.difference_map import CAPTION, difference_map
from mtldemo.charts.comparison.difference_words import difference_hover
from mtldemo.charts.comparison.heat import arm_axis, row_room
from mtldemo.charts.comparison.units import Metrics, measure_of, metric_rows
from mtldemo.charts.options import Chart
from mtldemo.charts.style import axes, figure_height, nothing_yet, panel_title, panels, trace_id
from mtldemo.charts.task_rows import in_rows
from mtldemo.charts.words import TOO_FEW, noted, number, relative, short_names
from mtldemo.sentences import listed
from mtldemo.tasks import Measure, Task

ROW, REST = 24, 96
FAR = 2.5
"""An interval is cut where it reaches this many times beyond the largest difference: two seeds give endless ones."""
LISTED, MOST_WORDS = 4, 8
"""Arms that are named for a task, and of many tasks those that are spoken of."""


def difference_forest(
    table: pd.DataFrame, tasks: Sequence[Task], baseline: str, metrics: Metrics | None = None
) -> Chart:
    """Each arm's difference to ``baseline``, paired by seed, a panel a task; right is better.

    ``table`` has a row an arm, task and metric: ``arm``, ``task``, ``metric``, ``n``, ``gain``, ``gain_low``,
    ``gain_high`` (positive is better; the interval is ``nan`` with one seed), ``p_holm`` and ``better`` (``None`` where
    chance may be all there is).
    """
    title = f"Better or worse than {baseline}?"
    caption = (
        f"Difference to {baseline} on the held-out pictures, paired by seed: the mean and its 95 % interval. Right is "
        "better. Filled points stand out from chance even though so many were looked at (Holm's correction); open "
        "ones don't."
    )
    caption = noted(caption, table)
    chosen: Any = metric_rows(table, tasks, metrics)
    table = chosen[(chosen["arm"] != baseline) & (chosen["n"] > 0)]
    shown = [task for task in tasks if task.name in set(table["task"])]
    if table.empty or not shown:
        figure = nothing_yet("Two strategies that have finished the same seed make the first difference.")
        return Chart(title, caption, figure, f"No difference to {baseline} yet.", table.iloc[:0])
    order = _order(table)
    words = {task: _words(task, measure_of(task, metrics), _of(table, task)) for task in shown}
    if in_rows(shown):
        figure = difference_map(table, shown, order, metrics)
        caption = noted(f"{caption.partition('Right is')[0]}{CAPTION}", table)
        sure = {row["task"] for row in table.to_dict("records") if row["better"] is not None}
        sentences = [sentence for task, sentence in words.items() if task.name in sure][:MOST_WORDS]
        alt = f"Against {baseline}, something stands out from chance on {len(sure)} of {len(shown)} tasks."
        return Chart(title, caption, figure, " ".join([alt, *sentences]), table, figure_height(figure))
    height = ROW * len(order) + REST
    names = short_names(order)
    figure = panels(
        [panel_title(task, measure_of(task, metrics).difference_unit, tasks) for task in shown],
        x={"title": {"text": "← worse   better →", "standoff": 6}, "nticks": 5, "tickangle": 0},
        revision=f"differences {baseline} {len(order)}",
        height=height,
        linked=False,
        grid={"narrowest": 250, "across": 22, "down": 62, "shared": "y"},
    )
    shapes = []
    for panel, task in enumerate(shown):
        rows = table[table["task"] == task.name].set_index("arm")
        rows = rows.reindex([arm for arm in order if arm in rows.index])
        metric = measure_of(task, metrics)
        figure.add_traces(_points(panel, task, metric, rows, order, tasks))
        suffix = "" if panel == 0 else str(panel + 1)
        figure.layout[f"xaxis{suffix}"].update(range=_reach(rows, metric.factor))
        shapes += _lines(suffix, len(order))
    figure.update_layout(hovermode="closest", margin={"l": row_room(names.values()), "t": 34, "b": 48}, shapes=shapes)
    arm_axis(figure, [escape(names[arm]) for arm in order])
    return Chart(title, caption, figure, f"Against {baseline}. {' '.join(words.values())}", table, height)


def delta_m_bars(table: pd.DataFrame) -> Chart:
    """The mean gain over single-task learning in percent, all tasks together; positive is better.

    ``table`` has a row an arm: ``arm``, ``n``, ``mean``, ``low``, ``high`` (``nan`` with one seed).
    """
    title = "Against one network for each task (Δm)"
    caption = (
        "Mean relative gain over single-task learning, all tasks counted alike (Maninis et al., 2019), with its 95 % "
        "interval over seeds. Above zero, sharing one network pays."
    )
    caption, attributes = noted(caption, table), table.attrs
    table = table.loc[table["n"] > 0]
    if table.empty:
        reason = str(attributes.get("reason") or "Single-task baselines make this comparison possible.")
        return Chart(title, caption, nothing_yet(reason), reason, table)
    behind = table["arm"].isin(list(attributes.get("lost", {})))
    table = table.assign(behind=behind).sort_values(["behind", "mean"], ascending=[True, False]).drop(columns="behind")
    arms = [str(arm) for arm in table["arm"]]
    names, height = short_names(arms), ROW * len(arms) + REST
    mean, low, high = (table[name].to_numpy(dtype=np.float64) for name in ("mean", "low", "high"))
    figure = panels([""], revision=f"delta_m {len(arms)}", height=height, linked=False)
    rows = np.arange(len(arms))
    custom = np.column_stack([low, high])
    hover = [_delta_words(name, *values) for name, *values in zip(arms, mean, low, high, strict=True)]
    figure.add_trace(
        go.Bar(
            x=mean, y=rows, orientation="h", uid="bars", meta={"arms": arms}, text=hover,
            textposition="none", customdata=custom,
            marker={"color": with_alpha(NEUTRAL, 0.55), "line": {"width": 0}},
            hovertemplate="%{text}<extra></extra>", showlegend=False,
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=mean, y=rows, mode="markers", uid="means", hoverinfo="skip", showlegend=False,
            marker={"size": 6, "opacity": 1}, error_x=_errors(mean, low, high),
        )
    )  # fmt: skip
    figure.update_layout(
        hovermode="closest",
        margin={"l": row_room(names.values()), "t": 12, "b": 48},
        bargap=0.35,
        shapes=_lines("", len(arms)),
    )
    figure.update_xaxes(title={"text": "← worse   Δm, %   better →", "standoff": 6}, nticks=7, tickangle=0)
    arm_axis(figure, [escape(names[arm]) for arm in arms])
    known = [text for text in hover if text]
    alt = f"Mean gain over single-task learning: {'; '.join(known[:LISTED])}"
    alt += f"; last of {len(known)}, {known[-1]}." if len(known) > LISTED else "."
    return Chart(title, caption, figure, alt, table, height)


def _order(table: pd.DataFrame) -> list[str]:
    """The arms, the best first: by their mean place over the tasks; then those that don't have all tasks, and last
    those with seeds that diverged (``.attrs["lost"]``), whose means are a choice of the good ones."""
    ranked: Any = table.assign(place=table.groupby("task")["gain"].rank(ascending=False))
    by_arm = ranked.groupby("arm", sort=False)["place"]
    order = pd.DataFrame({"missing": by_arm.count().max() - by_arm.count(), "place": by_arm.mean()})
    order["lost"] = order.index.isin(list(table.attrs.get("lost", {})))
    return [str(arm) for arm in order.sort_values(["lost", "missing", "place"], kind="stable").index]


def _points(
    panel: int, task: Task, metric: Measure, rows: pd.DataFrame, order: list[str], tasks: Sequence[Task]
) -> list[go.Scatter]:
    gain, low, high = (
        metric.factor * rows[name].to_numpy(dtype=np.float64) for name in ("gain", "gain_low", "gain_high")
    )
    colour = task_colour(task, tasks)
    hover = [
        f"<b>{escape(str(arm))}</b><br>{escape(task.title)}: {difference_hover(row, metric)}"
        for arm, row in zip(rows.index, rows.to_dict("records"), strict=True)
    ]
    return [
        go.Scatter(
            x=gain,
            y=[order.index(arm) for arm in rows.index],
            mode="markers",
            uid=trace_id(f"{task.name} differences"),
            meta={"arms": [str(arm) for arm in rows.index]},
            marker={
                "size": 9,
                "symbol": ["circle-open" if better is None else "circle" for better in rows["better"]],
                "color": colour,
                "line": {"width": 2, "color": colour},
                "opacity": 1,
            },
            error_x={**_errors(gain, low, high), "color": colour},
            text=hover,
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
            **axes(panel),
        )
    ]


def _errors(mean: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, Any]:
    upper, lower = np.nan_to_num(high - mean), np.nan_to_num(mean - low)
    return {"type": "data", "symmetric": False, "array": upper, "arrayminus": lower, "thickness": 1.8, "width": 0}


def _reach(rows: pd.DataFrame, factor: float) -> list[float]:
    """The range of x: zero, all means, and their intervals unless those go far beyond."""
    gain, low, high = (factor * rows[name].to_numpy(dtype=np.float64) for name in ("gain", "gain_low", "gain_high"))
    most = (1 + FAR) * float(np.abs(gain).max(initial=0.0)) or np.inf
    left = max(float(np.nanmin([*gain, *low, 0.0])), -most)
    right = min(float(np.nanmax([*gain, *high, 0.0])), most)
    # Some room on either side of zero, so that it is seen which one is empty.
    room = 0.08 * (right - left) or 1.0
    return [left - room, right + room]


def _lines(suffix: str, rows: int) -> list[dict[str, Any]]:
    """The zero line, and a faint one a row for the eye."""
    common = {"type": "line", "layer": "below"}
    zero = {**common, "xref": f"x{suffix}", "yref": f"y{suffix} domain", "x0": 0, "x1": 0, "y0": 0, "y1": 1}
    lines = [{**zero, "line": {"color": NEUTRAL, "width": 1.6}}]
    for row in range(rows):
        across = {**common, "xref": f"x{suffix} domain", "yref": f"y{suffix}", "x0": 0, "x1": 1, "y0": row, "y1": row}
        lines.append({**across, "line": {"color": with_alpha(NEUTRAL, 0.18), "width": 1}})
    return lines


def _delta_words(arm: str, mean: float, low: float, high: float) -> str:
    interval = f" ({relative(low)} to {relative(high)})" if np.isfinite(low) else ""
    interval = f" ({TOO_FEW})" if low < -100 and high > 100 else interval
    return f"{arm} {relative(mean)} %{interval}"


def _of(table: pd.DataFrame, task: Task) -> pd.DataFrame:
    return table.loc[table["task"] == task.name]


def _words(task: Task, metric: Measure, rows: pd.DataFrame) -> str:
    """What stands out: ``Age (years), better: dwa by 0.6 (0.5 to 0.7); worse: none; 9 may be chance.``"""
    rows = rows.set_index("arm")
    gains: Any = rows[["gain", "gain_low", "gain_high"]].astype(float) * metric.factor
    parts = []
    for word, sign in (("better", 1), ("worse", -1)):
        sure = gains[[better is not None and bool(better) == (sign > 0) for better in rows["better"]]]
        sure = (sign * sure).sort_values("gain", ascending=False)
        arm_gains = []
        for arm, gain, *bounds in sure.head(LISTED).itertuples(name=None):
            low, high = sorted(bounds)
            arm_gains.append(f"{arm} by {number(gain)} ({number(low)} to {number(high)})")
        more = [f"{len(sure) - LISTED} more"] if len(sure) > LISTED else []
        parts.append(f"{word}: {listed([*arm_gains, *more]) if arm_gains else 'none'}")
    chance = sum(better is None for better in rows["better"])
    return f"{task.title} ({metric.difference_unit}), {parts[0]}; {parts[1]}; {chance} may be chance."
