"""Upload: pictures from files, many at once, or an example for whoever has none at hand."""

from pathlib import Path

import streamlit as st

from mtldemo.predict.pictures import EXTENSIONS, MAX_BYTES, limits
from mtldemo.ui.predict.picture_view import pictures_view
from mtldemo.ui.predict.setup import Setup
from mtldemo.ui.predict.work import Shot, answered

EXAMPLE = Path(__file__).parents[1] / "assets" / "example.jpg"
CREDIT = "The example is NASA's portrait of the astronaut Eileen Collins, in the public domain."
_EXAMPLE = "predict.example"


def upload(setup: Setup) -> None:
    """Draw the upload and what the model says. Raises ``MtlDemoError`` where the model can't be used."""
    files = st.file_uploader(
        f"Pictures with faces: {limits()}",
        type=[ending.lstrip(".") for ending in EXTENSIONS],
        accept_multiple_files=True,
        key="predict.files",
        max_upload_size=MAX_BYTES // 2**20,
    )
    shots = [Shot(file.name, file.getvalue()) for file in files or []]
    if shots:
        st.session_state.pop(_EXAMPLE, None)
    elif st.session_state.get(_EXAMPLE):
        shots = [Shot("example.jpg", EXAMPLE.read_bytes())]
        st.caption(CREDIT)
    else:
        st.button(
            "No picture at hand? Try an example",
            icon=":material/person:",
            key="predict.try_example",
            on_click=_take_example,
        )
    if shots:
        pictures_view(shots, answered(shots, setup), setup, key="predict.upload")


def _take_example() -> None:
    st.session_state[_EXAMPLE] = True
