"""Words for options that tell each from all others."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from mtldemo.errors import readable


def distinct(options: Iterable[Any], show: Callable[[Any], str]) -> Callable[[Any], str]:
    """``show``, with the option itself behind words that another of the ``options`` has, too.

    Streamlit knows a chosen option by its words: of two folders called flowers it would take one for the other.
    """
    times = Counter(show(option) for option in options)

    def words(option: Any) -> str:
        shown = show(option)
        return f"{shown} ({readable(str(option))})" if times[shown] > 1 else shown

    return words
