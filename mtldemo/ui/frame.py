"""Makes sure that a page stands in the dashboard's frame."""

import streamlit as st

FRAMED = "framed"


def frame() -> None:
    """Say that the navigation is drawn: for the entry script."""
    st.session_state[FRAMED] = True


def in_frame() -> None:
    """Call first in a page. Draws the page again inside the navigation where it was run on its own.

    Streamlit runs a file of a folder called ``pages`` without the entry script as long as no script of the server has
    called ``st.navigation``: when the first visitor after a start follows a link to a page or a run.
    """
    if FRAMED not in st.session_state:
        frame()
        st.navigation([lambda: None], position="hidden")
        st.rerun()
