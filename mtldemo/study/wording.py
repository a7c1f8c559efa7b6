"""Numbers and lists as sentences need them."""

import math
from collections.abc import Sequence


def span(low: float, high: float) -> str:
    """``0.61 to 0.90``: steps of at most a fifth of the distance, and never a zero for a bound that isn't one."""
    width = high - low or abs(low)
    digits = max(0, math.ceil(math.log10(5 / width))) if width > 0 else 0
    while digits < 8 and any(bound and not round(bound, digits) for bound in (low, high)):
        digits += 1
    first, last = f"{low:.{digits}f}", f"{high:.{digits}f}"
    return first if first == last else f"{first} to {last}"


def signed_percent(value: float) -> str:
    """``0.43 % better`` or ``1.2 % worse``, in two significant digits."""
    size = f"{value:.2g}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{size.lstrip('-')} % {'better' if value > 0 else 'worse'}"


def counted(count: int, one: str = "strategy", more: str = "strategies") -> str:
    """``1 strategy``, ``2 strategies``."""
    return f"{count} {one if count == 1 else more}"


def listed(names: Sequence[str], word: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; at least one name."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
