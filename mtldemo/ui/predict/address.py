"""The ways in by name, of which the open one is in the address, and going to another one from within the page."""

import streamlit as st

from mtldemo.ui.addresses import COMPARE_MODELS, WAY

UPLOAD, SNAPSHOT, LIVE, COMPARE = "Upload", "Snapshot", "Live", COMPARE_MODELS
WAYS = (UPLOAD, SNAPSHOT, LIVE, COMPARE)
_SENT = "predict.sent"


def go_to(way: str) -> None:
    """Open another way: for a button's ``on_click``."""
    st.session_state[WAY] = way
    st.session_state[_SENT] = True


def has_gone() -> bool:
    """Whether this run is the first one of a way that ``go_to`` opened."""
    return bool(st.session_state.get(_SENT))


def open_way() -> str:
    """Draw the choice of the way and return the open one."""
    # Bound widgets write an option's words into the address, so these are plain. One that was set has no default.
    way = st.segmented_control(
        "Where the faces come from",
        WAYS,
        default=None if st.session_state.pop(_SENT, False) else UPLOAD,
        required=True,
        wrap=True,
        key=WAY,
        bind="query-params",
        label_visibility="collapsed",
    )
    return way or UPLOAD
