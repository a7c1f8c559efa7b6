"""Numbers and lists as sentences need them."""

import math
from collections.abc import Sequence


def span(low: float, high: float) -> str:
    """``0.61 to 0.90``: steps of at most a fifth of the distance, and never a zero for a bound that isn't one."""
    digits = _digits(low, high)
    first, last = f"{low:.{digits}f}", f"{high:.{digits}f}"
    return first if first == last else f"{first} to {last}"


def percent_span(low: float, high: float) -> str:
    """``0.4 % worse and 2.3 % better``, rounded as in ``span``."""
    digits = _digits(low, high)
    return " and ".join(f"{abs(value):.{digits}f} % {'better' if value > 0 else 'worse'}" for value in (low, high))


def _digits(low: float, high: float) -> int:
    width = high - low or abs(low)
    digits = max(0, math.ceil(math.log10(5 / width))) if width > 0 else 0
    while digits < 8 and any(bound and not round(bound, digits) for bound in (low, high)):
        digits += 1
    return digits


def counted(count: int, one: str = "strategy", more: str = "strategies") -> str:
    """``1 strategy``, ``2 strategies``."""
    return f"{count} {one if count == 1 else more}"


def listed(names: Sequence[str], word: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; at least one name."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
