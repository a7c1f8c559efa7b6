"""Live: the camera's picture with a box and an answer for each face."""

import streamlit as st

from mtldemo.ui.live_camera import live_camera
from mtldemo.ui.predict.picture_input import wants_ethnicity
from mtldemo.ui.predict.setup import Setup


def live(setup: Setup) -> None:
    """Draw the live camera."""
    place = st.container()
    wanted = wants_ethnicity()
    with place:
        live_camera([setup.model.key], setup.detector, ethnicity=wanted, key="predict.live")
    st.caption(
        "Faces are followed from frame to frame, so boxes and answers are steadied. The span behind an age holds for "
        "about 8 of 10 people. "
        "Your browser gives a camera to pages over HTTPS or on this very machine (localhost)."
    )
