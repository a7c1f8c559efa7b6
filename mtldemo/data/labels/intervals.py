"""Intervals that stand for classes, such as bins of ages, in the order of their lower ends."""

import re
from collections.abc import Sequence

import numpy as np

_NUMBER = r"(\d+(?:\.\d+)?)"
_BOTH = re.compile(rf"[(\[]?\s*{_NUMBER}\s*(?:-|–|—|,|;|\.\.|to|:)\s*{_NUMBER}\s*[)\]]?", re.IGNORECASE)
_ABOVE = re.compile(
    rf"(?:more than|over|above|older than|at least|from|>=?|≥)\s*{_NUMBER}|"
    rf"{_NUMBER}\s*(?:\+|and over|and older|or more|and above|plus|up)",
    re.IGNORECASE,
)
_BELOW = re.compile(rf"(?:less than|under|below|younger than|up to|at most|<=?|≤)\s*{_NUMBER}", re.IGNORECASE)


def lower_ends(texts: Sequence[str]) -> np.ndarray | None:
    """The lower end of each of ``texts``, float64 [D]; None unless all are intervals, or most, beside bare numbers."""
    ends, intervals = [], 0
    for text in texts:
        if match := _BOTH.fullmatch(text):
            if float(match[1]) > float(match[2]):
                return None
            ends.append(float(match[1]))
        elif match := _ABOVE.fullmatch(text):
            # Above 70 comes after 70 to 79, if both are there.
            ends.append(float(match[1] or match[2]) + 0.5)
        elif _BELOW.fullmatch(text):
            ends.append(-1.0)
        elif re.fullmatch(_NUMBER, text):
            ends.append(float(text))
            continue
        else:
            return None
        intervals += 1
    return np.array(ends) if intervals > 1 and 3 * intervals >= len(texts) else None
