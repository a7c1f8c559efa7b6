"""Which arm is in front, task by task: mean ranks and the probability of being the best, as heat maps."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mtldemo.charts.colours import task_colour
from mtldemo.charts.comparison.heat import Cell, Heading, heat
from mtldemo.charts.options import Chart
from mtldemo.charts.style import figure_height, nothing_yet
from mtldemo.charts.task_rows import DIFFERING_FIRST, in_rows
from mtldemo.charts.words import noted
from mtldemo.sentences import listed
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
    headings, order = _headings(tasks, wide, "mean")
    figure = heat([str(arm) for arm in wide.index], headings, cells, name="ranks")
    leaders = [f"{arm} {value:.1f}" for arm, value in wide[ALL].head(3).items()]
    titles = [str(task.title) for task in tasks if task.name in wide]
    alt = f"Mean rank over {f'{len(titles)} tasks' if in_rows(tasks) else listed(titles)}: {', '.join(leaders)}"
    alt += f", last of {len(wide)} {wide.index[-1]} {wide[ALL].iloc[-1]:.1f}." if len(wide) > 3 else "."
    return Chart(title, f"{caption}{order}", figure, alt, wide.reset_index(), figure_height(figure))


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
    headings, order = _headings(tasks, wide, "overall")
    figure = heat([str(arm) for arm in wide.index], headings, cells, name="best")
    leaders = [
        f"{task.title} {wide[task.name].idxmax()} {_percent(float(wide[task.name].max()))}"
        for task in tasks
        if task.name in wide
    ]
    if in_rows(tasks):
        counts = wide[[task.name for task in tasks if task.name in wide]].idxmax().value_counts()
        leaders = [f"{arm} on {count} of {len(leaders)} tasks" for arm, count in counts.items()]
    if ALL in wide:
        leaders.append(f"overall {wide[ALL].idxmax()} {_percent(float(wide[ALL].max()))}")
    alt = f"Most probably the best: {', '.join(leaders)}."
    return Chart(title, f"{caption}{order}", figure, alt, wide.reset_index(), figure_height(figure))


def _wide(table: pd.DataFrame, tasks: Sequence[Task], value: str) -> Any:
    """A row an arm in the table's order, a column a task in the tasks'."""
    if table.empty:
        return pd.DataFrame()
    wide = table.pivot_table(index="arm", columns="task", values=value, sort=False)
    wide.columns.name = None
    return wide[[name for name in [*(task.name for task in tasks), ALL] if name in wide]].dropna(how="all")


def _headings(tasks: Sequence[Task], wide: Any, together: str) -> tuple[dict[str, Heading], str]:
    """The headings of the tasks, with that of all ``together``, and what is to be said of their order: of many tasks
    those stand first in which the arms differ most."""
    shown = [task for task in tasks if task.name in wide]
    total = {ALL: Heading((together,), bold=True)} if ALL in wide else {}
    headings = {task.name: Heading((task.title,), (task_colour(task, tasks),)) for task in shown}
    if not in_rows(tasks):
        return {**headings, **total}, ""
    spread = {name: float(wide[name].max() - wide[name].min()) for name in headings}
    order = sorted(headings, key=lambda name: -spread[name])
    return {**total, **{name: headings[name] for name in order}}, f" {DIFFERING_FIRST}"


def _percent(value: float) -> str:
    return "< 1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"
