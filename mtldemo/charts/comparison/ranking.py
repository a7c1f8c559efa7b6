"""Which arm is in front, task by task: mean ranks and the probability of being the best, as heat maps."""

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from mtldemo.charts.colours import task_colour
from mtldemo.charts.comparison.heat import Cell, heat
from mtldemo.charts.options import Chart
from mtldemo.charts.style import nothing_yet, swatch
from mtldemo.charts.words import listed, noted
from mtldemo.tasks import Task

ALL = "all"
"""In the place of a task: all of them together."""
ONE_SEED = "Chances begin with the second seed: one says nothing about luck."
WAITING = "Two strategies that have finished make the first ranking."


def rank_heat(table: pd.DataFrame, tasks: Sequence[Task]) -> Chart:
    """Each arm's rank on each task, averaged over seeds, and its mean over the tasks; 1 is the best.

    ``table`` has a row an arm and task: ``arm``, ``task`` (``all`` for the mean), ``rank``.
    """
    title = "Ranks"
    caption = noted("Rank among all strategies with the same seed, averaged over seeds; 1 is the best.", table)
    wide = _wide(table, tasks, "rank")
    if wide.empty or len(wide) < 2:
        return Chart(title, caption, nothing_yet(WAITING), "No ranking yet.", wide)
    if ALL not in wide:
        wide[ALL] = wide.mean(axis=1)
    wide = wide.sort_values(ALL, kind="stable")
    last = max(len(wide), 2)
    cells = {
        (str(arm), str(column)): Cell(
            text=f"{value:.1f}", strength=(last - value) / (last - 1), hover=f"rank {value:.2f} of {len(wide)}",
            bold=bool(value == wide[column].min()),
        )
        for column in wide
        for arm, value in wide[column].dropna().items()
    }  # fmt: skip
    headings = {**_headings(tasks, wide), ALL: "<br><b>mean</b>"}
    figure = heat([str(arm) for arm in wide.index], headings, cells, colours=_colours(tasks), name="ranks")
    leaders = [f"{arm} {value:.1f}" for arm, value in wide[ALL].head(3).items()]
    alt = f"Mean rank over {listed([str(task.title) for task in tasks if task.name in wide])}: {', '.join(leaders)}"
    alt += f", last of {len(wide)} {wide.index[-1]} {wide[ALL].iloc[-1]:.1f}." if len(wide) > 3 else "."
    return Chart(title, caption, figure, alt, wide.reset_index(), _height(figure))


def best_heat(table: pd.DataFrame, tasks: Sequence[Task]) -> Chart:
    """How probable it is that each arm is the best one on each task.

    ``table`` has a row an arm and task: ``arm``, ``task`` (``all`` for the best mean rank), ``probability`` (0 to 1).
    """
    title = "Probability of being the best"
    caption = (
        "How often each strategy comes out on top when the seeds are drawn again (bootstrap); columns add to 100 %. "
        "With few seeds it is bolder than it should be."
    )
    caption = noted(caption, table)
    wide = _wide(table, tasks, "probability")
    if wide.empty or len(wide) < 2:
        waiting = ONE_SEED if len(set(table["arm"])) > 1 else WAITING
        return Chart(title, caption, nothing_yet(waiting), "No probability yet.", wide)
    lead = wide[ALL] if ALL in wide else wide.max(axis=1)
    wide = wide.loc[lead.sort_values(ascending=False, kind="stable").index]
    cells = {
        (str(arm), str(column)): Cell(
            text=_percent(value), strength=value, hover=f"best in {100 * value:.1f} % of the draws",
            bold=bool(value == wide[column].max()), faint=bool(value < 0.005),
        )
        for column in wide
        for arm, value in wide[column].dropna().items()
    }  # fmt: skip
    headings = {**_headings(tasks, wide), **({ALL: "<br><b>overall</b>"} if ALL in wide else {})}
    figure = heat([str(arm) for arm in wide.index], headings, cells, colours=_colours(tasks), name="best")
    leaders = [
        f"{task.title} {wide[task.name].idxmax()} {_percent(float(wide[task.name].max()))}"
        for task in tasks
        if task.name in wide
    ]
    if ALL in wide:
        leaders.append(f"overall {wide[ALL].idxmax()} {_percent(float(wide[ALL].max()))}")
    return Chart(title, caption, figure, f"Most probably the best: {', '.join(leaders)}.", wide.reset_index(),
                 _height(figure))  # fmt: skip


def _wide(table: pd.DataFrame, tasks: Sequence[Task], value: str) -> Any:
    """A row an arm in the table's order, a column a task in the tasks'."""
    if table.empty:
        return pd.DataFrame()
    wide = table.pivot_table(index="arm", columns="task", values=value, sort=False)
    wide.columns.name = None
    return wide[[name for name in [*(task.name for task in tasks), ALL] if name in wide]].dropna(how="all")


def _headings(tasks: Sequence[Task], wide: pd.DataFrame) -> dict[str, str]:
    return {
        task.name: swatch(task_colour(task, tasks), f"<br>{escape(task.title)}") for task in tasks if task.name in wide
    }


def _colours(tasks: Sequence[Task]) -> dict[str, str | None]:
    return {task.name: task_colour(task, tasks) for task in tasks}


def _percent(value: float) -> str:
    return "< 1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"


def _height(figure: Any) -> int:
    return int(figure.layout["height"])
