"""Makes sure that a page stands in the dashboard's frame."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

FRAMED = "framed"


def frame() -> None:
    """Say that the navigation is drawn: for the entry script."""
    st.session_state[FRAMED] = True


def in_frame(page: str) -> None:
    """Call first in a page, with its ``__file__``. Draws it again inside the navigation where it was run on its own.

    Streamlit runs a file of a folder called ``pages`` without the entry script as long as no script of the server has
    called ``st.navigation``: when the first visitor after a start follows a link to a page or a run.

    A server that was started with the page's own file has neither the routes nor the check of the ``Host`` header, so
    that it would show the page to any site that leads its name here: it says what to start instead.
    """
    script = get_script_run_ctx()
    if script is not None and st.context.headers and Path(script.main_script_path).resolve() == Path(page).resolve():
        st.error("This is a page of the dashboard; start that: python -m streamlit run streamlit_app.py")
        st.stop()
    if FRAMED not in st.session_state:
        frame()
        # The page must be among these, or the browser is told that it doesn't exist.
        st.navigation([st.Page(_nothing, default=True), st.Page(page)], position="hidden")
        st.rerun()


def _nothing() -> None:
    """Stands for the first page, which is never run here."""
