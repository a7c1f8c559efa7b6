"""A model of drawn portraits says so before it is asked, with the ways to what is true."""

import streamlit as st

from mtldemo.predict.domain import DRAWINGS, PHOTOGRAPHS, domain_of
from mtldemo.predict.models import ModelChoice, has_shipped
from mtldemo.ui.predict.address import UPLOAD, go_to
from mtldemo.ui.predict.picture_input import forget_drawn, want_drawn, wants_drawn
from mtldemo.ui.predict.setup import pick_shipped


def way_out(model: ModelChoice) -> None:
    """For a ``model`` that learned from drawings: that it knows no photographs, drawn portraits to ask it about, and
    the model of real faces. Nothing for any other."""
    data = model.data
    if data is None or domain_of(data) != DRAWINGS:
        return
    st.warning(DRAWINGS.warning(PHOTOGRAPHS), icon=":material/draw:")
    with st.container(horizontal=True):
        if not wants_drawn():
            st.button("Ask it about drawn portraits", icon=":material/draw:", key="predict.drawn", on_click=_ask_drawn)
        if has_shipped():
            st.button(
                "Ask the model of real faces", icon=":material/face:", key="predict.shipped", on_click=_ask_shipped
            )


def _ask_drawn() -> None:
    want_drawn()
    go_to(UPLOAD)


def _ask_shipped() -> None:
    forget_drawn()
    pick_shipped()
