"""The ways in: upload, snapshot and live, and what a model of drawn portraits says before it is asked."""

import streamlit as st

from mtldemo.predict.domain import DRAWINGS, PHOTOGRAPHS
from mtldemo.predict.models import ModelChoice, has_shipped
from mtldemo.tasks import REGRESSION
from mtldemo.ui.live_camera import live_camera
from mtldemo.ui.predict.address import UPLOAD, go_to
from mtldemo.ui.predict.inference import answered
from mtldemo.ui.predict.model_picker import Setup, pick_shipped
from mtldemo.ui.predict.picture_view import pictures_view
from mtldemo.ui.predict.pictures import files, forget_drawn, photo, want_drawn, wants_drawn, wants_sensitive
from mtldemo.ui.predict.session_pictures import CAMERA, pictures


def upload(setup: Setup) -> None:
    """Draw the upload and what the model says. Raises ``MtlDemoError`` where the model can't be used."""
    shots = files(setup.model.data, faces=setup.domain.faces)
    if shots:
        pictures_view(shots, answered(shots, setup), setup, key="predict.upload")


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
            "Good light helps. No camera? Upload takes a picture from a file."
        )


def live(setup: Setup) -> None:
    """Draw the live camera."""
    above = st.container()
    sensitive_too = wants_sensitive(setup.tasks)
    with above:
        live_camera(
            [setup.model.key],
            setup.detector,
            setup.tasks,
            sensitive_too=sensitive_too,
            key="predict.live",
            faces=setup.domain.faces,
        )
    followed = "Faces are followed from frame to frame, so boxes and" if setup.domain.faces else "The"
    who = "people" if setup.domain.faces else "pictures like those of its data set"
    spans = f"The span behind a number holds for about 8 of 10 {who}. " if _has_numbers(setup) else ""
    st.caption(
        f"{followed} answers are steadied from frame to frame. {spans}"
        "Your browser gives a camera to pages over HTTPS or on this very machine (localhost)."
    )


def _has_numbers(setup: Setup) -> bool:
    return any(task.kind == REGRESSION for task in setup.tasks)


def way_out(model: ModelChoice) -> None:
    """For a ``model`` that learned from drawings: that it knows no photographs, drawn portraits to ask it about, and
    the model of real faces. Nothing for any other."""
    data = model.data
    if data is None or model.domain != DRAWINGS:
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
