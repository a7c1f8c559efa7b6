"""How a person wants the curves drawn, and what a chart function gives back."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

import pandas as pd
import plotly.graph_objects as go

from mtldemo.errors import MtlDemoError
from mtldemo.settings import Setting
from mtldemo.spreadsheet import csv_file

XAxis = Literal["step", "epoch", "time"]
X_AXES: tuple[XAxis, ...] = ("step", "epoch", "time")


@dataclass(frozen=True)
class ChartOptions:
    """The choices above the curves. ``smoothing`` is the decay of a moving average over steps, 0 (off) to 0.99."""

    x: Annotated[str, Setting("X axis", "What the curves are drawn over.", choices=X_AXES)] = "step"
    smoothing: Annotated[
        float, Setting("Smoothing", "Of the training curves; 0 is off.", low=0, high=0.99, step=0.01)
    ] = 0.9
    log_y: Annotated[bool, Setting("Logarithmic y axis", "For losses, weights and norms.")] = False

    def __post_init__(self) -> None:
        """Raise ``MtlDemoError`` where a choice is out of its range."""
        if self.x not in X_AXES:
            raise MtlDemoError(f"x: expected one of {', '.join(X_AXES)}, found {self.x!r}.")
        if not 0 <= self.smoothing <= 0.99:
            raise MtlDemoError(f"smoothing: expected 0 to 0.99, found {self.smoothing!r}.")


@dataclass(frozen=True)
class Chart:
    """A figure with what it needs to be understood without seeing it.

    ``title`` and ``caption`` stand above the figure. ``alt`` says in a sentence what the figure shows now. ``table``
    holds the data behind it, one row a point, not thinned. ``height`` is that of the figure in px when its panels stand
    side by side.
    """

    title: str
    caption: str
    figure: go.Figure
    alt: str
    table: pd.DataFrame
    height: int = 280

    def __post_init__(self) -> None:
        """Add the title to ``layout.meta``, where a saved picture takes it from."""
        meta = cast("dict[str, Any]", self.figure.layout["meta"] or {})
        self.figure.update_layout(meta={**meta, "title": self.title})

    @property
    def empty(self) -> bool:
        """Whether nothing has been recorded yet that this chart could show."""
        return self.table.empty

    def csv(self) -> bytes:
        """The table as the content of a CSV file."""
        return csv_file(self.table)
