"""Snapshot: one picture from the camera."""

import streamlit as st

from mtldemo.ui.predict.picture_view import pictures_view
from mtldemo.ui.predict.setup import Setup
from mtldemo.ui.predict.sources import ETHNICITY, photo, wants_ethnicity
from mtldemo.ui.predict.work import answered


def snapshot(setup: Setup) -> None:
    """Draw the camera and what the model says. Raises ``MtlDemoError`` where the model can't be used."""
    camera, words = st.columns([3, 2], gap="large")
    with camera:
        shots = photo()
    with words:
        wanted = wants_ethnicity()
        if not shots:
            st.caption(
                "The browser asks before it shows the camera. It needs HTTPS or this very machine (localhost). "
                "Good light from the front helps."
            )
    if shots:
        results = answered(shots, setup, without=frozenset() if wanted else frozenset({ETHNICITY}))
        pictures_view(shots, results, setup, key="predict.snapshot")
