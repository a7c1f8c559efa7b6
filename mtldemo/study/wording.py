"""Numbers and lists as sentences need them."""

import math

from mtldemo.charts.words import TOO_FEW, clipped_interval
from mtldemo.study.measures import Measure


def span(low: float, high: float) -> str:
    """``0.61 to 0.90``: steps of at most a fifth of the distance. A bound that is nearly zero isn't called zero, it is
    left out: ``up to 0.90``."""
    digits = _digits(low, high)
    if low and not round(low, digits):
        return f"up to {high:,.{digits - 1}f}"
    first, last = f"{low:,.{digits}f}", f"{high:,.{digits}f}"
    return first if first == last else f"{first} to {last}"


def amount(value: float) -> str:
    """``0.61`` or ``12,000``: a size of which two digits are known."""
    value = float(f"{value:.2g}")
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def interval(measure: Measure, low: float, high: float, *, difference: bool = False) -> str:
    """A metric's interval, recorded ``low`` to ``high``, or that of a ``difference`` of two, in its unit as ``span``
    has it: no further than such a number can go, and in words where it says nothing."""
    part = clipped_interval(low, high, -measure.most if difference else 0.0, measure.most)
    return TOO_FEW if part is None else span(*(measure.factor * bound for bound in part))


def around(measure: Measure, low: float, high: float, digits: int) -> str:
    """What stands beside a mean with the interval ``low`` to ``high`` (recorded): ``± 3.1``; where it reaches past
    what the metric can be ``(24 to 100)``; empty where there is no interval."""
    if not math.isfinite(high - low):
        return ""
    if low < 0 or high > measure.most:
        return f"({interval(measure, low, high)})"
    return f"± {measure.factor * (high - low) / 2:,.{digits}f}"


def percent_span(low: float, high: float) -> str:
    """``0.4 % worse and 2.3 % better``, rounded as in ``span``. Beyond 100 % there is no figure: what such a gain is
    relative to is small."""
    if abs(low) > 100 or abs(high) > 100:
        ends = [f"{'more than 100' if abs(value) > 100 else f'{abs(value):.0f}'} % " for value in (low, high)]
        ends = [end + ("better" if value > 0 else "worse") for end, value in zip(ends, (low, high), strict=True)]
        return ends[0] if ends[0] == ends[1] else " and ".join(ends)
    digits = _digits(low, high)
    words = [f"{abs(value):.{digits}f} % {'better' if value > 0 else 'worse'}" for value in (low, high)]
    return " and ".join(word if round(value, digits) else "0 %" for value, word in zip((low, high), words, strict=True))


def _digits(low: float, high: float) -> int:
    """As many as the distance asks for, and one more where a bound would be zero without it."""
    width = high - low or abs(low)
    digits = max(0, math.ceil(math.log10(5 / width))) if width > 0 else 0
    return digits + any(bound and not round(bound, digits) for bound in (low, high))
