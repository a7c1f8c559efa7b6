"""A heat map of arms by what they are rated on, such as tasks: what the rank, best, difference and cosine maps share.

Arms go down and what they are rated on goes across where a phone has room for its headings; where not, as with many
tasks, it is the other way round.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from mtldemo.charts.colours import NEUTRAL, PURPLE, with_alpha
from mtldemo.charts.comparison.look import LETTER, add_notes
from mtldemo.charts.style import panels, trace_id
from mtldemo.charts.words import short_names, shortened

ROW, REST, LONGEST = 26, 18, 17
"""Height in px of a row and of what is below the rows, and letters of a row's name at most."""
LOW_ROW, MANY_ROWS = 17, 20
"""Height in px of a row of more than so many."""
ONE_LINE, HEADING_LETTER = 28, 5.4
"""Height in px of headings of one line, twice that of two or three, and of a letter's width in them."""
LONGEST_LINE = 12
"""Letters of an arm's name above a column that stand in one line."""
PHONE = 324
"""Px that a chart is wide on a phone."""
MOST_WRITTEN, MOST_ACROSS = 240, 7
"""Cells that are written out, altogether and in a row; each is an element of the page, and needs its room."""
STRONGEST = 0.7
"""A cell never covers more than this, so that the theme's text is readable on it, light or dark."""


@dataclass(frozen=True)
class Cell:
    """What a cell says, how strongly it is coloured (-1 to 1; below 0 in purple), and what hovering says."""

    text: str
    strength: float
    hover: str = ""
    """As markup: what comes from a person is escaped."""
    bold: bool = False
    faint: bool = False


@dataclass(frozen=True)
class Heading:
    """What arms are rated on: a task, a pair of them, a class, or all together. ``names`` stand below each other behind
    squares in ``colours``; cells are in it where there is one and it ``fills`` them."""

    names: tuple[str, ...]
    colours: tuple[str, ...] = ()
    bold: bool = False
    fills: bool = True

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines above a column."""
        names = tuple(self._marked(name) for name in self.names)
        return (self.squares, *names) if self.colours else names

    @property
    def squares(self) -> str:
        """A square for each colour."""
        return "".join(f"<span style='color:{colour}'>■</span>" for colour in self.colours)

    @property
    def words(self) -> str:
        """The names in one line."""
        return " and ".join(self.names)

    def beside(self) -> str:
        """The heading beside a row, of about ``LONGEST`` letters."""
        half = LONGEST // 2 + 1
        # Of two names a short one leaves the other its room.
        rooms = [LONGEST] if len(self.names) == 1 else [max(half, 2 * half - len(name)) for name in self.names[::-1]]
        names = (shortened(name, room) for name, room in zip(self.names, rooms, strict=True))
        text = " and ".join(map(self._marked, names))
        return f"{self.squares} {text}" if self.colours else text

    def _marked(self, name: str) -> str:
        return f"<b>{escape(name)}</b>" if self.bold else escape(name)


def heat(
    arms: Sequence[str], headings: Mapping[str, Heading], cells: Mapping[tuple[str, str], Cell], *, name: str,
    colour: str = NEUTRAL
) -> go.Figure:  # fmt: skip
    """``cells`` by arm and by the key of a heading, both in the order given; in ``colour`` where no heading's fills
    them."""
    keys, names = list(headings), short_names(arms, LONGEST)
    upright = _fit([list(headings[key].names) for key in keys], row_room(names.values()))
    beside = [escape(names[arm]) for arm in arms] if upright else [headings[key].beside() for key in keys]
    room = row_room(_plain(text) for text in beside)
    lines = [headings[key].lines for key in keys] if upright else [_lines(name) for name in short_names(arms).values()]
    above, turned, top = _above(lines, room, upright=upright)
    row = ROW if len(beside) <= MANY_ROWS else LOW_ROW
    height = top + row * len(beside) + REST
    figure = panels([""], revision=f"{name} {len(arms)} {len(keys)}", height=height, linked=False)
    for index, key in enumerate(keys):
        own = headings[key].colours[0] if len(headings[key].colours) == 1 and headings[key].fills else colour
        strength = np.array([_strength(cells.get((arm, key))) for arm in arms])
        hover = np.array([_hover(cells.get((arm, key)), arm, headings[key]) for arm in arms], dtype=object)
        scale = [
            [0, with_alpha(PURPLE, STRONGEST)],
            [0.5, with_alpha(own, 0.0)],
            [1, with_alpha(own, STRONGEST)],
        ]
        along = (slice(None), None) if upright else (None, slice(None))
        figure.add_trace(
            go.Heatmap(
                z=strength[along],
                x=[index] if upright else np.arange(len(arms)),
                y=np.arange(len(arms)) if upright else [index],
                text=hover[along],
                hovertemplate="%{text}<extra></extra>",
                colorscale=scale,
                zmin=-1,
                zmax=1,
                xgap=2,
                ygap=2,
                showscale=False,
                uid=trace_id(f"{name} {key}"),
                meta={"arms": list(arms), "across": not upright},
            )
        )
    if len(above) <= MOST_ACROSS and len(arms) * len(keys) <= MOST_WRITTEN:
        add_notes(figure, (_written(cell, arms.index(arm), keys.index(key), upright=upright)
                           for (arm, key), cell in cells.items()))  # fmt: skip
    figure.update_layout(hovermode="closest", margin={"l": room, "r": 12, "t": top, "b": REST - 6})
    figure.update_xaxes(
        tickvals=list(range(len(above))),
        ticktext=above,
        tickfont={"size": 11},
        side="top",
        ticks="",
        tickangle=-90 if turned else 0,
        range=[-0.5, len(above) - 0.5],
        showgrid=False,
        fixedrange=True,
    )
    arm_axis(figure, beside)
    return figure


def arm_axis(figure: go.Figure, labels: Sequence[str]) -> None:
    """Write the arms, or what else the rows are, beside the rows 0, 1, ... of all panels, the first on top."""
    figure.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=list(labels),
        tickfont={"size": 11 if len(labels) > MANY_ROWS else 12},
        range=[len(labels) - 0.5, -0.5],
        ticks="",
        showgrid=False,
        fixedrange=True,
        zeroline=False,
    )


def row_room(names: Iterable[str]) -> int:
    """The px that the names of rows, short as they are, take on the left."""
    return round(14 + 1.06 * LETTER * max(map(len, names), default=0))


def _fit(columns: Sequence[Sequence[str]], room: int) -> bool:
    """Whether headings of such lines stand beside each other on a phone, right of the ``room`` for the rows' names."""
    step = (PHONE - room - 12) / max(len(columns), 1)
    widths = [HEADING_LETTER * max(map(len, lines)) for lines in columns]
    return all((one + other) / 2 + 3 <= step for one, other in pairwise(widths))


def _lines(name: str) -> tuple[str, ...]:
    """The escaped lines of an arm's name above a column: a long one is parted at the space nearest its middle."""
    spaces = [place for place, letter in enumerate(name) if letter == " "]
    if len(name) <= LONGEST_LINE or not spaces:
        return (escape(name),)
    middle = min(spaces, key=lambda place: abs(place - len(name) / 2))
    return escape(name[:middle]), escape(name[middle + 1 :])


def _above(columns: Sequence[Sequence[str]], room: int, *, upright: bool) -> tuple[list[str], bool, int]:
    """What stands above the columns, whether it is turned, and the px that it takes."""
    if upright or _fit([[_plain(line) for line in lines] for lines in columns], room):
        most = max(map(len, columns), default=1)
        # Plotly writes from the top of the heading on, so shorter ones begin with empty lines.
        texts = ["<br>".join([*[""] * (most - len(lines)), *lines]) for lines in columns]
        return texts, False, ONE_LINE if most == 1 else 2 * ONE_LINE
    names = [" ".join(lines) for lines in columns]
    return names, True, round(14 + LETTER * max(len(_plain(name)) for name in names))


def _written(cell: Cell, arm: int, key: int, *, upright: bool) -> dict[str, object]:
    x, y = (key, arm) if upright else (arm, key)
    text = f"<b>{escape(cell.text)}</b>" if cell.bold else escape(cell.text)
    return {"x": x, "y": y, "showarrow": False, "font": {"size": 11}, "opacity": 0.5 if cell.faint else 1.0,
            "text": text}  # fmt: skip


def _strength(cell: Cell | None) -> float:
    return np.nan if cell is None else float(np.clip(cell.strength, -1, 1))


def _hover(cell: Cell | None, arm: str, heading: Heading) -> str:
    return "" if cell is None else f"<b>{escape(arm)}</b><br>{escape(heading.words)}: {cell.hover or escape(cell.text)}"


def _plain(text: str) -> str:
    return re.sub(r"&[#a-z0-9]+;", "x", re.sub(r"<[^>]*>", "", text))
