"""What takes a while is made when a person asks for it, and once: a button, then what it made."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from mtldemo.ui.problems import in_words

T = TypeVar("T")


def on_demand(
    make: Callable[[], T], *, of: Any, button: str, icon: str, doing: str, key: str, disabled: bool = False
) -> T | None:
    """What ``make`` gave for ``of``, which the session keeps until ``of`` is another; before that, None and a
    ``button`` that asks for it. ``doing`` is said meanwhile.

    An ``MtlDemoError`` of ``make`` is said in words, and the button is there again.
    """
    cache_key, wanted = _keys(key)
    is_wanted = st.session_state.pop(wanted, None) == of
    # A second click meanwhile finds it made.
    if is_wanted and _result(cache_key, of) is None:
        with in_words(), st.spinner(doing, show_time=True):
            st.session_state[cache_key] = of, make()
    result = _result(cache_key, of)
    if result is None:
        st.button(
            button,
            icon=icon,
            key=f"{key}.make",
            disabled=disabled,
            on_click=lambda: st.session_state.__setitem__(wanted, of),
        )
    return result


def forget(key: str) -> None:
    """Let go of what is kept under ``key``."""
    st.session_state.pop(_keys(key)[0], None)


def _keys(key: str) -> tuple[str, str]:
    return f"{key}.kept", f"{key}.wanted"


def _result(cache_key: str, of: Any) -> Any:
    what, result = st.session_state.get(cache_key) or (None, None)
    return result if what == of else None
