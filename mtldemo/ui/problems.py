"""A mistake that a person can fix is shown in words; only a mistake of the program shows a trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from mtldemo.errors import MtlDemoError


@contextmanager
def in_words(icon: str = ":material/error:") -> Iterator[None]:
    """Show an ``MtlDemoError`` of the block as a message in its place, and go on after the block."""
    try:
        yield
    except MtlDemoError as error:
        st.error(str(error), icon=icon)
