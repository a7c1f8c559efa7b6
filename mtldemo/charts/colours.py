"""Colour means task, everywhere: it is that of the task's place in its set of tasks.

The palette begins with the four of Okabe and Ito's colours that reach a contrast of 3:1 on white and on the dark
theme's background (WCAG 2.2, 1.4.11); orange, sky blue and yellow don't on white. The other four reach it too, and were
chosen by their distance to all others (CIELAB), for normal vision and with protanopia, deuteranopia or tritanopia as
Machado et al. (2009) simulate them. Beyond eight tasks the colours come again; lines are then told apart by dashes.
"""

from collections.abc import Sequence

from mtldemo.tasks import Task

BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#B86A97"
"""Okabe and Ito's reddish purple, a little darker, so that it reaches 3:1 on white."""
NEUTRAL = "#808080"
"""For what belongs to no task; the middle grey that stands on both backgrounds."""

PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, "#8A16FD", "#ED004F", "#9179FE", "#46713A")
"""By a task's place."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Of lines that one colour doesn't tell apart, in this order."""
TASK_DASHES = (None, "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Of each eight tasks, by their place; the first eight are solid, as lines are."""
MOST_IN_A_LEGEND = len(PALETTE)
"""Tasks whose curves share a panel; more have panels of their own, or the rows of a heat map."""
LIGHT_BACKGROUND = "#FFFFFF"
DARK_BACKGROUND = "#0F1720"


def task_colour(task: Task | str, tasks: Sequence[Task] = ()) -> str:
    """The colour of ``task`` (or of the one so called) by its place among ``tasks``; that of the first without any."""
    return PALETTE[_index(task, tasks) % len(PALETTE)]


def task_dash(task: Task | str, tasks: Sequence[Task]) -> str | None:
    """The dash of the line of ``task``: none for the first eight places, another one for each eight more."""
    return TASK_DASHES[_index(task, tasks) // len(PALETTE) % len(TASK_DASHES)]


def with_alpha(colour: str, alpha: float) -> str:
    """``#rrggbb`` with an opacity ``alpha`` of 0 to 1, as ``rgba(...)``."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two ``#rrggbb`` colours, 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _index(task: Task | str, tasks: Sequence[Task]) -> int:
    name = task if isinstance(task, str) else task.name
    # Tasks that were chosen out of a set keep the places that they have in it.
    whole: Sequence[Task] = getattr(tasks, "whole", None) or tasks
    return next((index for index, other in enumerate(whole) if other.name == name), 0)
