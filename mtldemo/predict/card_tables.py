"""The tables of a model card: every task's figure over all pictures of a split, and by group.

Of a few tasks a table has a column a task and a row a group. Of more it has a row a task, and a group is told of by its
own task alone, or, where that is sensitive, by all.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtldemo.sentences import listed
from mtldemo.tasks import REGRESSION, UTKFACE, Task

if TYPE_CHECKING:
    from mtldemo.predict.measure import Figure, Group, Measured

MOST_COLUMNS = 8
"""Tasks that are columns."""
BAR = "\\|"
"""A bar within a cell."""
DIGITS = 4
"""Of a number as large as its task's range, after the point where that is 1."""


def measured_tables(measured: "Measured", tasks: Sequence[Task]) -> str:
    """What was ``measured`` for ``tasks``, in Markdown: a sentence and the tables."""
    opening = (
        f"On the {measured.images:,} pictures of the {measured.split} split, each with its 95 % interval: "
        f"{_what_is_measured(tasks)}."
    )
    tables = _by_row(measured, tasks) if len(tasks) > MOST_COLUMNS else _by_column(measured, tasks)
    return "\n\n".join([opening, *tables])


def figure_text(figure: "Figure", task: Task | None = None) -> str:
    """A figure with its interval: an error in the unit of ``task``, or a share where it is none of a number."""
    if not figure.count:
        return "-"
    if task is not None and task.kind == REGRESSION:
        digits = max(0, DIGITS - math.floor(math.log10(task.high - task.low)))
        between = f" ({figure.low:,.{digits}f} to {figure.high:,.{digits}f})" if figure.high == figure.high else ""
        return f"{figure.value:,.{digits}f}{between}"
    return f"{100 * figure.value:.1f} % ({100 * figure.low:.1f} to {100 * figure.high:.1f})"


def _what_is_measured(tasks: Sequence[Task]) -> str:
    """What the figures are, in words."""
    numbers = [task for task in tasks if task.kind == REGRESSION]
    shares = "shares of right answers"
    if not numbers:
        return f"the figures are {shares}"
    rest = f", the others are {shares}" if len(numbers) < len(tasks) else ""
    units = [f" in {task.unit}" if task.unit else "" for task in numbers]
    if len(numbers) == 1:
        return f"the error of {numbers[0].in_sentence} is the mean absolute one{units[0]}{rest}"
    titles = [f"{task.in_sentence}{unit}" for task, unit in zip(numbers, units, strict=True)]
    return f"the errors of {listed(titles, most=12)} are mean absolute ones{rest}"


def _by_column(measured: "Measured", tasks: Sequence[Task]) -> list[str]:
    """A table of all pictures, and one of each task's groups; a column a task."""
    inside = [task for task in tasks if task.name in measured.groups[0].covered]
    heads = [f"{task.title} {'error' if task.kind == REGRESSION else 'right'}" for task in tasks]
    heads += [f"{task.title} in interval" if len(inside) > 1 else "in interval" for task in inside]
    everything, *groups = measured.groups
    # Pictures of which the tasks are those of faces show people: they are called so.
    people = all(task.name in UTKFACE.names for task in tasks)
    titles = {"Everybody" if people else "All pictures": [everything]}
    titles |= {_by(task): own for task in tasks if (own := _groups_of(task, groups))}
    return [
        _table([title, "Pictures", *heads], [_row(group, tasks, inside) for group in rows])
        for title, rows in titles.items()
    ]


def _by_row(measured: "Measured", tasks: Sequence[Task]) -> list[str]:
    """A table of all pictures with a row a task, one a sensitive task with a column a group, and one of all groups,
    each by its own task."""
    everything, *groups = measured.groups
    figures = []
    for task in tasks:
        figure, inside = everything.figures[task.name], everything.covered.get(task.name)
        in_interval = "-" if inside is None else figure_text(inside)
        figures.append([task.title, f"{figure.count:,}", figure_text(figure, task), in_interval])
    tables = [_table(["All pictures", "With a label", "Error or right", "In interval"], figures)]
    for sensitive in (task for task in tasks if task.sensitive):
        own = _groups_of(sensitive, groups)
        rows = [[task.title, *(figure_text(group.figures[task.name], task) for group in own)] for task in tasks]
        tables.append(_table([_by(sensitive), *(f"{group.name} ({group.count:,})" for group in own)], rows))
    rows = [
        [task.title, group.name, f"{group.count:,}", figure_text(group.figures[task.name], task)]
        for task in tasks
        for group in _groups_of(task, groups)
    ]
    return [*tables, _table(["By label", "Label", "Pictures", "Error or right"], rows)]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown whose first column are words. A bar in a name is no border."""
    head, *body = (f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |" for row in (heads, *rows))
    return "\n".join([head, "|---|" + "---:|" * (len(heads) - 1), *body])


def _groups_of(task: Task, groups: "Sequence[Group]") -> "list[Group]":
    return [group for group in groups if group.kind == task.name]


def _by(task: Task) -> str:
    """The title of the table of a task's groups; a number's bands are of its labels, not of the answers."""
    return f"By labelled {task.in_sentence}" if task.kind == REGRESSION else f"By {task.in_sentence}"


def _row(group: "Group", tasks: Sequence[Task], inside: Sequence[Task]) -> list[str]:
    figures = [figure_text(group.figures[task.name], task) for task in tasks]
    return [group.name, f"{group.count:,}", *figures, *(figure_text(group.covered[task.name]) for task in inside)]
