"""Snapshot: one picture from the camera."""

import streamlit as st

from mtldemo.ui.predict.ask import answered
from mtldemo.ui.predict.picture_input import photo, wants_sensitive
from mtldemo.ui.predict.picture_view import pictures_view
from mtldemo.ui.predict.session_pictures import CAMERA, pictures
from mtldemo.ui.predict.setup import Setup


def snapshot(setup: Setup) -> None:
    """Draw the camera and what the model says. Raises ``MtlDemoError`` where the model can't be used."""
    if pictures(CAMERA):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            shots = photo()
            sensitive_too = wants_sensitive(setup.tasks)
        pictures_view(shots, answered(shots, setup, sensitive_too=sensitive_too), setup, key="predict.snapshot")
        return
    camera, words = st.columns([3, 2], gap="large")
    with camera:
        photo()
    with words:
        wants_sensitive(setup.tasks)
        st.caption(
            "The browser asks before it shows the camera. It needs HTTPS or this very machine (localhost). "
            "Good light from the front helps. No camera? Upload takes a picture from a file."
        )
