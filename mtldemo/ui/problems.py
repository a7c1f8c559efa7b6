"""A mistake that a person can fix is shown in words; only a mistake of the program shows a trace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.ui.plain import plain

LAST = "problem of the last click"


@contextmanager
def in_words(icon: str = ":material/error:") -> Iterator[None]:
    """Show an ``MtlDemoError`` of the block as a message in its place, and go on after the block."""
    try:
        yield
    except MtlDemoError as error:
        problem(error, icon=icon)


def problem(error: object, *, icon: str = ":material/error:") -> None:
    """Show what is wrong, as it was said."""
    st.error(plain(error), icon=icon)


def problem_beside(words: str) -> None:
    """The same in small below what it is about, where the problem is shown in full elsewhere."""
    st.markdown(f":small[:red[{plain(words)}]]")


def attempt(act: Callable[..., object], *args: object) -> None:
    """For callbacks, which run before the page is drawn: what goes wrong is kept for ``last_problem``."""
    try:
        act(*args)
    except MtlDemoError as error:
        st.session_state[LAST] = str(error)


def last_problem() -> None:
    """Show what went wrong with the last click, once."""
    words = st.session_state.pop(LAST, None)
    if words:
        problem(words)
