"""Makes sure that a page stands in the dashboard's frame."""

import streamlit as st

FRAMED = "framed"


def frame() -> None:
    """Say that the navigation is drawn: for the entry script."""
    st.session_state[FRAMED] = True


def in_frame(page: str) -> None:
    """Call first in a page, with its ``__file__``. Draws it again inside the navigation where it was run on its own.

    Streamlit runs a file of a folder called ``pages`` without the entry script as long as no script of the server has
    called ``st.navigation``: when the first visitor after a start follows a link to a page or a run.
    """
    if FRAMED not in st.session_state:
        frame()
        # The page must be among these, or the browser is told that it doesn't exist.
        st.navigation([st.Page(_nothing, default=True), st.Page(page)], position="hidden")
        st.rerun()


def _nothing() -> None:
    """Stands for the first page, which is never run here."""
