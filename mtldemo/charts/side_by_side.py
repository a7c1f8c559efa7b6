"""What several models say about one face: a dot with its interval each for a number, a heat map for classes.

The tables have a row a model: its ``arm`` (the row it is drawn in), ``seed`` (NaN where there is none) and ``model``,
the name by which it is told from others.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.answers import FIRST_CLASSES, MOST_CLASSES
from mtldemo.charts.colours import NEUTRAL, task_colour, with_alpha
from mtldemo.charts.comparison.heat import Cell, Heading, arm_axis, heat, row_room
from mtldemo.charts.comparison.look import LETTER, add_notes
from mtldemo.charts.options import Chart
from mtldemo.charts.style import figure_height, nothing_yet, panels, swatch, trace_id
from mtldemo.charts.words import short_names
from mtldemo.tasks import Task

ROW, SEED, REST, LONGEST = 28, 13, 62, 17
"""Height in px of an arm's row, of each seed in it, and of what is around the rows; letters of an arm's name."""
ROOM, LEAST_ROOM = 0.06, 0.02


def value_dots(table: pd.DataFrame, task: Task, tasks: Sequence[Task] = (), *, digits: int = 0) -> Chart:
    """What each model says about a regression: a dot, with the interval as a line where it gives one.

    ``table`` also has ``value``, ``low`` and ``high`` in the task's unit; NaN for what there isn't. Arms keep the
    table's order; the seeds of one stand in its row. The dotted line is the middle one of all answers.
    Numbers have so many decimal ``digits``.
    """
    title, unit = f"{task.title}, model by model", f", {task.unit}" if task.unit else ""
    numeric: Any = table.dropna(subset=["value"])
    table = numeric
    calibrated = int(numeric["low"].notna().sum())
    caption = "A dot a model; its line is the interval that it was calibrated to give. "
    if calibrated < len(table):
        caption = (
            f"A dot a model; a line is an interval, which {calibrated} of {len(table)} are calibrated to give. "
            if calibrated
            else "A dot a model; none of them is calibrated to give an interval. "
        )
    if table.empty:
        figure = nothing_yet(f"None of these models tells {task.name}.")
        return Chart(title, caption.strip(), figure, f"No {task.name}.", table)
    caption += "The dotted line is the middle one of all answers."
    arms = [str(arm) for arm in dict.fromkeys(table["arm"])]
    names, places = short_names(arms, LONGEST), _offsets(table, arms)
    most = int(numeric.groupby("arm", sort=False).size().max())
    height = max(ROW, SEED * most + 6) * len(arms) + REST
    heading = f"{swatch(task_colour(task, tasks), escape(task.title))}{escape(unit)}"
    axis = {"title": {"text": heading, "standoff": 6},
            "range": _range(table, task), "nticks": 7}  # fmt: skip
    figure = panels([""], x=axis, revision=f"side by side {task.name} {len(arms)}", height=height, linked=False)
    value, low, high = (table[name].to_numpy(dtype=np.float64) for name in ("value", "low", "high"))
    middle, colour = float(np.median(value)), task_colour(task, tasks)
    figure.add_traces(
        [
            go.Scatter(
                x=[middle, middle], y=[-0.5, len(arms) - 0.5], mode="lines", uid="middle", hoverinfo="skip",
                line={"color": with_alpha(NEUTRAL, 0.7), "width": 1.2, "dash": "dot"}, showlegend=False,
            ),
            go.Scatter(
                x=_broken(low, high), y=_broken(places, places), mode="lines", uid="intervals", hoverinfo="skip",
                line={"color": with_alpha(colour, 0.5), "width": 2}, showlegend=False,
            ),
            go.Scatter(
                x=value, y=places, mode="markers", uid=trace_id(f"{task.name} values"), showlegend=False,
                marker={"color": colour, "size": 9 if most < 4 else 7}, text=_hover(table, task.unit, digits),
                meta={"arms": [str(arm) for arm in table["arm"]]}, hovertemplate="%{text}<extra></extra>",
            ),
        ]
    )  # fmt: skip
    figures = [_figures(numeric[numeric["arm"].astype(str) == arm], digits) for arm in arms]
    notes = [
        {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 8, "y": row, "showarrow": False, "align": "left",
         "text": escape(text), "font": {"size": 12}}
        for row, text in enumerate(figures)
    ]  # fmt: skip
    add_notes(figure, notes)
    room = {"l": row_room(names.values()), "r": round(14 + LETTER * max(map(len, figures))), "t": 8, "b": 48}
    figure.update_layout(hovermode="closest", margin=room)
    arm_axis(figure, [escape(names[arm]) for arm in arms])
    first, last = table.loc[table["value"].idxmin()], table.loc[table["value"].idxmax()]
    alt = (
        f"{task.title} from {first['value']:,.{digits}f} ({first['model']}) to {last['value']:,.{digits}f}{unit[1:]} "
        f"({last['model']}) over {len(table)} models, the middle one {middle:,.{digits}f}."
    )
    return Chart(title, caption, figure, alt, table, height)


def share_heat(table: pd.DataFrame, task: Task, tasks: Sequence[Task] = ()) -> Chart:
    """How probable each class is to each arm, as a heat map; the mean over an arm's seeds.

    ``table`` also has a column of shares (0 to 1) for each of the task's classes, ``label``, the likeliest one, and
    ``sure``, whether the model is sure of it.
    """
    title = f"{task.title}, model by model"
    caption = "How probable each model finds each class; the likeliest is bold, and pale where the model isn't sure."
    labelled: Any = table.dropna(subset=["label"])
    table = labelled
    if table.empty:
        return Chart(title, caption, nothing_yet(f"None of these models tells {task.name}."), f"No {task.name}.", table)
    groups = {str(arm): rows for arm, rows in labelled.groupby("arm", sort=False)}
    if len(groups) < len(table):
        caption += " Seeds are averaged; hover for each."
    classes = list(task.classes)
    if len(classes) > MOST_CLASSES:
        means: Any = table[classes].mean()
        classes = [str(name) for name in means.nlargest(FIRST_CLASSES).index]
        caption += (
            f" The {len(classes)} likeliest of {len(task.classes):,} classes; the others are in the table's file."
        )
    cells = {}
    for arm, rows in groups.items():
        means = {name: float(rows[name].mean()) for name in classes}
        best = max(means, key=means.__getitem__)
        unsure = not bool(rows["sure"].all())
        for name, mean in means.items():
            cells[arm, name] = Cell(
                text=f"{100 * mean:.0f} %",
                strength=mean,
                hover=escape(_shares(rows, name)),
                bold=name == best,
                faint=mean < 0.005 or (name == best and unsure),
            )
    headings = {name: Heading((name,)) for name in classes}
    colour = task_colour(task, tasks)
    figure = heat(list(groups), headings, cells, name=f"side by side {task.name}", colour=colour)
    counts = table["label"].value_counts()
    alt = f"{task.title}: " + ", ".join(f"{count} of {len(table)} say {name}" for name, count in counts.items()) + "."
    return Chart(title, caption, figure, alt, table, figure_height(figure))


def _offsets(table: pd.DataFrame, arms: Sequence[str]) -> np.ndarray:
    """Each model's height: its arm's row, and the seeds one below the other around it."""
    places = np.zeros(len(table))
    of = table["arm"].astype(str).to_numpy()
    for row, arm in enumerate(arms):
        mine = np.flatnonzero(of == arm)
        room = 0.7 * (1 - 1 / len(mine))
        places[mine] = row + np.linspace(-room / 2, room / 2, len(mine)) if len(mine) > 1 else row
    return places


def _range(table: pd.DataFrame, task: Task) -> list[float]:
    edges = table[["value", "low", "high"]].to_numpy(dtype=np.float64)
    low, high = float(np.nanmin(edges)), float(np.nanmax(edges))
    extent = task.high - task.low
    room = max(LEAST_ROOM * extent, ROOM * (high - low))
    return [max(task.low - extent / 100, low - room), min(task.high + extent / 100, high + room)]


def _broken(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Many separate lines as one: each pair of ends, then a gap."""
    return np.column_stack([first, second, np.full(len(first), np.nan)]).ravel()


def _figures(rows: Any, places: int) -> str:
    """An arm's answer in digits: with its interval for one model, else from the lowest to the highest seed."""
    low, high = float(rows["value"].min()), float(rows["value"].max())
    if len(rows) > 1:
        first, last = f"{low:,.{places}f}", f"{high:,.{places}f}"
        return f"{first} to {last}" if first != last else first
    one = rows.iloc[0]
    interval = f" ({one['low']:,.{places}f} to {one['high']:,.{places}f})" if np.isfinite(one["low"]) else ""
    return f"{low:,.{places}f}{interval}"


def _hover(table: pd.DataFrame, unit: str, digits: int) -> list[str]:
    return [
        f"<b>{escape(str(row.model))}</b><br>{row.value:,.{digits + 1}f} {escape(unit)}"
        + (f"<br>{row.low:,.{digits + 1}f} to {row.high:,.{digits + 1}f}" if np.isfinite(row.low) else "")
        for row in _rows(table)
    ]


def _shares(rows: Any, name: str) -> str:
    if len(rows) == 1:
        return f"{name} {100 * float(rows[name].iloc[0]):.1f} %" + ("" if bool(rows["sure"].iloc[0]) else ", not sure")
    return f"{name}: " + ", ".join(
        f"{str(model).rpartition(' · ')[2]} {100 * share:.0f} %"
        for model, share in zip(rows["model"], rows[name], strict=True)
    )


def _rows(table: pd.DataFrame) -> Any:
    return table.itertuples(index=False)
