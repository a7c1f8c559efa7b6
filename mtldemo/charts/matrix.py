"""Which class is taken for which."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.charts.cells import heat_cells, row_shares, write_shares
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
    height = 120 + 46 * max(len(task.classes), 2)
    if counts.size == 0 or counts.sum() == 0:
        figure = nothing_yet("The first epoch will appear here.", height)
        return Chart(title, caption, figure, f"No confusion matrix of {task.title} yet.", pd.DataFrame(), height)
    classes = list(task.classes) or [str(number) for number in range(len(counts))]
    shares = row_shares(counts)
    figure = panels([""], revision="confusion", height=height, linked=False)
    colour = task_colour(task, tasks)
    figure.add_trace(heat_cells(shares, counts, classes, classes, colour, hover="true %{y}, taken for %{x}"))
    write_shares(figure, shares, classes, classes, size=13, diagonal=True)
    figure.update_layout(hovermode="closest", margin={"l": 76, "t": 12, "b": 48})
    figure.update_xaxes(title={"text": "taken for", "standoff": 4}, showgrid=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, automargin=True)
    table = pd.DataFrame(counts.astype(np.int64), columns=classes)
    table.insert(0, "true class", classes)
    right = 100 * np.trace(counts) / counts.sum()
    mistakes = shares - np.diag(np.diag(shares))
    row, column = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
    alt = f"{task.title} is right in {right:.0f} % of {int(counts.sum()):,} {where} pictures"
    if mistakes.max() > 0:
        alt += f"; the most common mistake takes {classes[row]} for {classes[column]} ({mistakes.max():.0f} %)"
    return Chart(title, caption, figure, alt + ".", table, height)
