"""Live: the camera's picture with a box and an answer for each face."""

import streamlit as st

from mtldemo.ui.live_camera import live_camera
from mtldemo.ui.predict.picture_input import wants_sensitive
from mtldemo.ui.predict.setup import Setup


def live(setup: Setup) -> None:
    """Draw the live camera."""
    above = st.container()
    sensitive_too = wants_sensitive(setup.tasks)
    with above:
        live_camera([setup.model.key], setup.detector, setup.tasks, sensitive_too=sensitive_too, key="predict.live")
    st.caption(
        "Faces are followed from frame to frame, so boxes and answers are steadied. The span behind a number holds for "
        "about 8 of 10 people. "
        "Your browser gives a camera to pages over HTTPS or on this very machine (localhost)."
    )
