"""Upload: pictures from files, many at once, or an example."""

import streamlit as st

from mtldemo.predict.pictures import EXTENSIONS, limits
from mtldemo.ui.predict.picture_view import pictures_view
from mtldemo.ui.predict.setup import Setup
from mtldemo.ui.predict.work import Shot, answered

MEGABYTES = 64


def upload(setup: Setup) -> None:
    """Draw the upload and what the model says. Raises ``MtlDemoError`` where the model can't be used."""
    files = st.file_uploader(
        "Pictures with faces",
        type=[ending.lstrip(".") for ending in EXTENSIONS],
        accept_multiple_files=True,
        key="predict.files",
        max_upload_size=MEGABYTES,
    )
    st.caption(f"{limits()}. All faces in a picture are found.")
    shots = [Shot(file.name, file.getvalue()) for file in files or []]
    if shots:
        pictures_view(shots, answered(shots, setup), setup, key="predict.upload")
