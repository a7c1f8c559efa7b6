"""The order in which texts are classes."""

import re
from collections.abc import Sequence

_NEGATIVE = ("no", "false", "n", "f", "off", "absent", "negative", "neg")
_POSITIVE = ("yes", "true", "y", "t", "on", "present", "positive", "pos")


def truth(word: str) -> str:
    """``yes`` or ``no`` for a word in lower case that stands for it, such as ``true``, ``on`` or ``1``; else empty."""
    return "yes" if word in (*_POSITIVE, "1") else "no" if word in (*_NEGATIVE, "0") else ""


def ordered_texts(texts: Sequence[str]) -> list[str]:
    """``no`` before ``yes``, numbers inside by their size (``grade 2`` before ``grade 10``), else by the alphabet."""
    if sorted(truth(text.lower()) for text in texts) == ["no", "yes"]:
        return sorted(texts, key=lambda text: truth(text.lower()))
    return sorted(texts, key=_natural)


def _natural(text: str) -> tuple[list[tuple[int, float, str]], str]:
    parts = re.split(r"([+-]?\d+(?:\.\d+)?)" if re.fullmatch(r"[+-]\d+(\.\d+)?", text) else r"(\d+(?:\.\d+)?)", text)
    return [
        (0, float(part), "") if number % 2 else (1, 0.0, part.lower()) for number, part in enumerate(parts) if part
    ], text
