"""The order in which texts are classes."""

import re
from collections.abc import Sequence

_NEGATIVE = ("no", "false", "n", "f", "off", "absent", "negative", "neg")
_POSITIVE = ("yes", "true", "y", "t", "on", "present", "positive", "pos")
_PAIRS: dict[frozenset[str], tuple[str, str]] = {
    frozenset(pair): pair for pair in zip(_NEGATIVE, _POSITIVE, strict=True)
}


def ordered_texts(texts: Sequence[str]) -> list[str]:
    """``no`` before ``yes``, numbers inside by their size (``grade 2`` before ``grade 10``), else by the alphabet."""
    if pair := _PAIRS.get(frozenset(text.lower() for text in texts)):
        return sorted(texts, key=lambda text: pair.index(text.lower()))
    return sorted(texts, key=_natural)


def _natural(text: str) -> tuple[list[tuple[int, float, str]], str]:
    parts = re.split(r"([+-]?\d+(?:\.\d+)?)" if re.fullmatch(r"[+-]\d+(\.\d+)?", text) else r"(\d+(?:\.\d+)?)", text)
    return [
        (0, float(part), "") if number % 2 else (1, 0.0, part.lower()) for number, part in enumerate(parts) if part
    ], text
