"""Numbers and lists as sentences need them."""

import math
from collections.abc import Sequence


def span(low: float, high: float) -> str:
    """``0.61 to 0.90``: steps of at most a fifth of the distance. A bound that is nearly zero isn't called zero, it is
    left out: ``up to 0.90``."""
    digits = _digits(low, high)
    if low and not round(low, digits):
        return f"up to {high:.{digits - 1}f}"
    first, last = f"{low:.{digits}f}", f"{high:.{digits}f}"
    return first if first == last else f"{first} to {last}"


def percent_span(low: float, high: float) -> str:
    """``0.4 % worse and 2.3 % better``, rounded as in ``span``."""
    digits = _digits(low, high)
    words = [f"{abs(value):.{digits}f} % {'better' if value > 0 else 'worse'}" for value in (low, high)]
    return " and ".join(told if round(value, digits) else "0 %" for value, told in zip((low, high), words, strict=True))


def _digits(low: float, high: float) -> int:
    """As many as the distance asks for, and one more where a bound would be zero without it."""
    width = high - low or abs(low)
    digits = max(0, math.ceil(math.log10(5 / width))) if width > 0 else 0
    return digits + any(bound and not round(bound, digits) for bound in (low, high))


def counted(count: int, one: str = "strategy", more: str = "strategies") -> str:
    """``1 strategy``, ``2 strategies``."""
    return f"{count} {one if count == 1 else more}"


def listed(names: Sequence[str], word: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; at least one name."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
