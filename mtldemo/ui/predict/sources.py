"""Where pictures come from: files, an example for whoever has none at hand, and the camera. All ways in share them."""

from pathlib import Path

import streamlit as st

from mtldemo.predict.pictures import EXTENSIONS, MAX_BYTES, MAX_PIXELS
from mtldemo.ui.predict.at_hand import CAMERA, FILES, Shot, pictures, put
from mtldemo.ui.words import count

EXAMPLE = Path(__file__).parents[1] / "assets" / "example.jpg"
CREDIT = "The example is NASA's portrait of the astronaut Eileen Collins, in the public domain."
ETHNICITY = "ethnicity"
"""The task that is told of a person before the camera only if that is asked for."""
_FILES, _PHOTO = "predict.files", "predict.camera"


def files() -> tuple[Shot, ...]:
    """Draw the upload and return the pictures at hand from files."""
    given = st.file_uploader(
        f"Pictures with faces, each of at most {MAX_PIXELS / 1e6:.0f} million pixels",
        # Whatever a browser takes for a picture, and endings that it may not know: what a file is, its content says.
        type=["image", *EXTENSIONS],
        accept_multiple_files=True,
        key=_FILES,
        on_change=_take_files,
        max_upload_size=MAX_BYTES // 2**20,
    )
    shots = pictures(FILES)
    if not shots:
        st.button(
            "No picture at hand? Try an example",
            icon=":material/person:",
            key="predict.try_example",
            on_click=_take_example,
        )
    elif not given:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(CREDIT if shots == (_example(),) else f"Still here: {_named(shots)}.", width="content")
            st.button("Remove", icon=":material/close:", key="predict.remove", type="tertiary", on_click=_let_go)
    return shots


def photo() -> tuple[Shot, ...]:
    """Draw the camera or, once a photo was taken, the way to another one; returns the photo at hand, if any."""
    if pictures(CAMERA):
        st.button("Take another photo", icon=":material/photo_camera:", key="predict.retake", on_click=_no_photo)
    else:
        st.camera_input("Look into the camera and take a photo", key=_PHOTO, on_change=_take_photo)
    return pictures(CAMERA)


def wants_ethnicity() -> bool:
    """A switch, off at first: ethnicity of a face before the camera is told only to those who ask for it."""
    return st.toggle(
        "Also tell ethnicity",
        key="predict.ethnicity",
        persist_state="session",
        help="Off at first: what a model takes for a person's ethnicity is sensitive and often wrong.",
    )


def _take_files() -> None:
    put(FILES, [Shot(file.name, file.getvalue()) for file in st.session_state[_FILES] or []])


def _take_example() -> None:
    put(FILES, [_example()])


def _example() -> Shot:
    return Shot("example.jpg", EXAMPLE.read_bytes())


def _take_photo() -> None:
    taken = st.session_state[_PHOTO]
    put(CAMERA, [] if taken is None else [Shot("snapshot.jpg", taken.getvalue())])


def _let_go() -> None:
    put(FILES, ())


def _no_photo() -> None:
    put(CAMERA, ())


def _named(shots: tuple[Shot, ...]) -> str:
    return shots[0].name if len(shots) == 1 else count(len(shots), "picture")
