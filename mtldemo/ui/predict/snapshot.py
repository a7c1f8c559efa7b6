"""Snapshot: one picture from the camera."""

import streamlit as st

from mtldemo.ui.predict.picture_view import pictures_view
from mtldemo.ui.predict.setup import Setup
from mtldemo.ui.predict.work import Shot, answered

ETHNICITY = "ethnicity"


def wants_ethnicity() -> bool:
    """A switch, off at first: ethnicity of a face before the camera is told only to those who ask for it."""
    return st.toggle(
        "Also tell ethnicity",
        key="predict.ethnicity",
        persist_state="session",
        help="Off at first: what a model takes for a person's ethnicity is sensitive and often wrong.",
    )


def snapshot(setup: Setup) -> None:
    """Draw the camera and what the model says. Raises ``MtlDemoError`` where the model can't be used."""
    camera, words = st.columns([3, 2], gap="large")
    with camera:
        picture = st.camera_input("Look into the camera and take a photo", key="predict.camera")
    with words:
        wanted = wants_ethnicity()
        st.caption(
            "The browser asks before it shows the camera. It needs HTTPS or this very machine (localhost). "
            "Good light from the front helps."
        )
    if picture is not None:
        shots = [Shot("snapshot.jpg", picture.getvalue())]
        results = answered(shots, setup, without=frozenset() if wanted else frozenset({ETHNICITY}))
        pictures_view(shots, results, setup, key="predict.snapshot")
