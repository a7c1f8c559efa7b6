"""Colour means task, everywhere. The palette is Okabe and Ito's, which people with any colour vision tell apart.

Only the four members are taken that reach a contrast of 3:1 on white and on the dark theme's background (WCAG 2.2,
1.4.11); orange, sky blue and yellow don't on white.
"""

from typing import Final

BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREEN: Final = "#009E73"
PURPLE: Final = "#B86A97"
"""Okabe and Ito's reddish purple, a little darker, so that it reaches 3:1 on white."""
NEUTRAL: Final = "#808080"
"""For what belongs to no task; the middle grey that stands on both backgrounds."""

TASK_COLOURS: Final[dict[str, str]] = {"age": BLUE, "gender": VERMILLION, "ethnicity": GREEN}
LIGHT_BACKGROUND: Final = "#FFFFFF"
DARK_BACKGROUND: Final = "#0F1720"


def task_colour(name: str) -> str:
    """The colour of the task called ``name``; a task that isn't built in is purple."""
    return TASK_COLOURS.get(name, PURPLE)


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
