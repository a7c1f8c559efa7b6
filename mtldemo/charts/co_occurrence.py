"""Which labels of two tasks occur together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtldemo.charts.cells import heat_cells, name_cells, row_shares, write_shares
from mtldemo.charts.class_groups import grouped_classes
from mtldemo.charts.colours import task_colour
from mtldemo.charts.options import Chart
from mtldemo.charts.style import nothing_yet, panels
from mtldemo.tasks import REGRESSION, Task
from mtldemo.tasks.bands import bands

BANDS = 8
"""Of a regression's labels, about."""


def label_pairs(table: pd.DataFrame, first: Task, second: Task, tasks: Sequence[Task] = ()) -> Chart:
    """How many pictures have each pair of labels: a row a class or band of ``first``, a column one of ``second``.

    A cell is its share of the row in percent. Pictures that lack one of the two labels aren't counted.
    """
    title = f"{first.title} and {second.title}"
    rows, columns = table[first.name].to_numpy(dtype=float), table[second.name].to_numpy(dtype=float)
    both = np.isfinite(rows) & np.isfinite(columns)
    lacking = int(len(table) - both.sum())
    caption = "Each row's cells add to 100 %. Counts are shown on hover."
    if lacking:
        caption += f" {lacking:,} pictures lack one of the two labels and aren't counted."
    if not both.any():
        words = "No picture has a label for both tasks."
        return Chart(title, caption, nothing_yet(words), words, pd.DataFrame())
    down, down_names = _grouped(rows[both], first)
    along, along_names = _grouped(columns[both], second)
    counts = np.zeros((len(down_names), len(along_names)), dtype=np.int64)
    np.add.at(counts, (down, along), 1)
    shares = row_shares(counts)
    figure = panels([""], revision="together", linked=False)
    colour = task_colour(first, tasks)
    figure.add_trace(heat_cells(shares, counts, down_names, along_names, colour, hover="%{y} and %{x}"))
    write_shares(figure, shares, down_names, along_names)
    height = name_cells(figure, down_names, along_names, below=_axis(second), beside=_axis(first))
    data = pd.DataFrame(
        [
            {first.name: down_name, second.name: along_name, "pictures": int(counts[row, column]),
             "share of the row": shares[row, column] / 100}
            for row, down_name in enumerate(down_names)
            for column, along_name in enumerate(along_names)
        ]
    )  # fmt: skip
    row, column = np.unravel_index(int(counts.argmax()), counts.shape)
    alt = (
        f"{int(both.sum()):,} pictures have both labels; the most frequent pair is {down_names[row]} and "
        f"{along_names[column]}, in {counts[row, column]:,} of them."
    )
    return Chart(title, caption, figure, alt, data, height)


def _axis(task: Task) -> str:
    return f"{task.title} ({task.unit})" if task.unit else task.title


def _grouped(values: np.ndarray, task: Task) -> tuple[np.ndarray, list[str]]:
    """The place [N] of each of ``values`` [N] among the names [G] of its classes or bands."""
    if task.kind == REGRESSION:
        edges, names = bands(task, BANDS)
        return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(names) - 1), names
    codes = values.astype(np.int64)
    group, names = grouped_classes(np.bincount(codes, minlength=len(task.classes)), list(task.classes))
    return group[codes], names
