"""Which class is taken for which."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.charts.cells import heat_cells, name_cells, row_shares, write_shares
from mtldemo.charts.class_groups import MOST, grouped_classes
from mtldemo.charts.colours import task_colour
from mtldemo.charts.options import Chart
from mtldemo.charts.style import nothing_yet, panels
from mtldemo.tasks import Task


def confusion(metrics: Mapping[str, Any], task: Task, where: str = "validation", tasks: Sequence[Task] = ()) -> Chart:
    """The confusion matrix of ``task`` from a record's ``metrics``: rows are true classes.

    A cell is its share of the row in percent. ``where`` names the split in the words.
    """
    title = f"{task.title}: what is taken for what"
    caption = f"Each row is a true class of the {where} split, its cells add to 100 %. Counts are shown on hover."
    counts = np.asarray(metrics.get(task.name, {}).get("confusion") or np.zeros((0, 0)), dtype=np.float64)
    if counts.size == 0 or counts.sum() == 0:
        figure = nothing_yet("The first epoch will appear here.")
        return Chart(title, caption, figure, f"No confusion matrix of {task.title} yet.", pd.DataFrame())
    classes = list(task.classes) or [str(number) for number in range(len(counts))]
    table = pd.DataFrame(counts.astype(np.int64), columns=classes)
    table.insert(0, "true class", classes)
    right = 100 * np.trace(counts) / counts.sum()
    if len(classes) > MOST:
        caption += f" The {MOST - 1} most frequent of {len(classes):,} classes have a row; the others share the last."
        group, classes = grouped_classes(counts.sum(axis=1), classes)
        folded = np.zeros((len(classes), len(classes)))
        np.add.at(folded, (group[:, None], group[None, :]), counts)
        counts = folded
    shares = row_shares(counts)
    figure = panels([""], revision="confusion", linked=False)
    colour = task_colour(task, tasks)
    figure.add_trace(heat_cells(shares, counts, classes, classes, colour, hover="true %{y}, taken for %{x}"))
    write_shares(figure, shares, classes, classes, diagonal=True)
    height = name_cells(figure, classes, classes, below="taken for")
    mistakes = shares - np.diag(np.diag(shares))
    row, column = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
    alt = f"{task.title} is right in {right:.0f} % of {int(counts.sum()):,} {where} pictures"
    if mistakes.max() > 0:
        alt += f"; the most common mistake takes {classes[row]} for {classes[column]} ({mistakes.max():.0f} %)"
    return Chart(title, caption, figure, alt + ".", table, height)
