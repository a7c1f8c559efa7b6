"""The words under and behind the figures."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

LONG_NAME = 22
"""Letters of a name that fit beside a chart."""


def number(value: float) -> str:
    """Three significant digits without an exponent where that is short: ``21.3``, ``0.0042``, ``1,250``."""
    if not np.isfinite(value):
        return "unknown"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def change(what: str, first: np.ndarray, values: np.ndarray, unit: str = "") -> str:
    """How ``values`` [M] went from ``first``, the first of its numbers [N], to their newest number, in ``unit``:
    ``Age loss falls from 21.3 to 6.2 years``."""
    first, values = first[np.isfinite(first)], values[np.isfinite(values)]
    if not len(values) or not len(first):
        return f"{what} has no value yet"
    start, end = float(first[0]), float(values[-1])
    unit = f" {unit}" if unit else ""
    if number(start) == number(end):
        return f"{what} stays at {number(end)}{unit}"
    return f"{what} {'falls' if end < start else 'rises'} from {number(start)} to {number(end)}{unit}"


def diverged_share(lost: int, seeds: int) -> str:
    """``1 of 2 seeds diverged``."""
    return f"{lost} of {seeds} seed{'' if seeds == 1 else 's'} diverged"


def probability_text(value: float) -> str:
    """A probability (0 to 1) as ``97 %``; what isn't quite nothing or all isn't called so: ``< 1 %``, ``> 99 %``."""
    percent = 100 * value
    if 0 < percent < 0.5:
        return "< 1 %"
    return "> 99 %" if 99.5 <= percent < 100 else f"{percent:.0f} %"


def noted(caption: str, table: pd.DataFrame) -> str:
    """A caption with what the table itself says it is over (``.attrs["note"]``), where it says so."""
    return f"{caption} {table.attrs['note']}" if table.attrs.get("note") else caption


TOO_FEW = "too few seeds to tell"
"""In the place of an interval that leaves everything open."""


def clipped_interval(low: float, high: float, least: float, most: float) -> tuple[float, float] | None:
    """An interval's part between ``least`` and ``most``, what its quantity can be; ``None`` where that is all there is
    between them, so that nothing is known. A t interval over few seeds knows no bounds and may reach past both."""
    if low <= least and high >= most:
        return None
    return min(max(low, least), most), max(min(high, most), least)


def relative(percent: float) -> str:
    """A relative gain as ``+4.2``; beyond 100 %, where what it is relative to is small, no figure: ``over +100``."""
    return f"{percent:+.1f}" if abs(percent) <= 100 else f"over {'+' if percent > 0 else '-'}100"


def headed(title: str, unit: str) -> str:
    """The head of a column or panel of figures: its ``title``, and their ``unit`` where they have one."""
    return f"{title}, {unit}" if unit else title


def shortened(name: str, limit: int = LONG_NAME) -> str:
    """A name that fits beside a chart: the middle of a longer one is left out."""
    if len(name) <= limit:
        return name
    tail = limit // 3
    return f"{name[: limit - tail - 1].rstrip()}…{name[-tail:].lstrip()}"


def short_names(names: Iterable[str], limit: int = LONG_NAME) -> dict[str, str]:
    """Each name with its short form, full where two short forms would be the same."""
    forms = {name: shortened(name, limit) for name in names}
    taken = list(forms.values())
    return {name: form if taken.count(form) == 1 else name for name, form in forms.items()}
