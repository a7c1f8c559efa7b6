"""Which class is taken for which."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtldemo.charts.colours import task_colour, with_alpha
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
    rows = counts.sum(axis=1, keepdims=True)
    shares = 100 * np.divide(counts, rows, out=np.zeros_like(counts), where=rows > 0)
    figure = panels([""], revision="confusion", height=height, linked=False)
    colour = task_colour(task, tasks)
    # The strongest cell stays a little transparent, so that the theme's text is readable on it, light or dark.
    scale = [[0, with_alpha(colour, 0.03)], [1, with_alpha(colour, 0.7)]]
    figure.add_trace(
        go.Heatmap(
            z=shares,
            x=classes,
            y=classes,
            customdata=counts.astype(np.int64),
            colorscale=scale,
            zmin=0,
            zmax=100,
            xgap=2,
            ygap=2,
            showscale=False,
            uid="cells",
            hovertemplate="true %{y}, taken for %{x}<br>%{z:.1f} % (%{customdata:,})<extra></extra>",
        )
    )
    # Written as annotations: a heat map's own labels take a colour that ignores what is behind the cell.
    for row, truth in enumerate(classes):
        for column, guess in enumerate(classes):
            text = f"{shares[row, column]:.0f} %"
            text = f"<b>{text}</b>" if row == column else text
            figure.add_annotation(x=guess, y=truth, text=text, showarrow=False, font={"size": 13})
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
