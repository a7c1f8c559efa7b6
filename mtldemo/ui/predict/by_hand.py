"""A face that no detector found: the whole picture, or a square that a person places."""

import streamlit as st

from mtldemo.predict.detect import Face
from mtldemo.ui.place_square import Placed, place_square
from mtldemo.ui.predict.inference import Result, by_hand, forget_by_hand, mark_by_hand, use_whole
from mtldemo.ui.predict.session_pictures import Shot

_DONE = "predict.hand.done"


def nobody_found(shot: Shot, result: Result, *, key: str) -> None:
    """Say that there is no face, and what can be done."""
    st.info("No face was found in this picture.", icon=":material/search_off:")
    with st.container(horizontal=True):
        st.button(
            "Use the whole image",
            icon=":material/crop_free:",
            key=f"{key}.whole",
            type="primary",
            on_click=use_whole,
            args=(shot, result.answer.size),
        )
        if st.button("Crop by hand", icon=":material/crop:", key=f"{key}.place"):
            _open(shot, result)
    st.caption("The whole image does well where a face fills it; else place a square around the face.")


def missing_face(shot: Shot, result: Result, *, key: str) -> None:
    """Add a face to those that were found, or let go of those added."""
    with st.container(horizontal=True):
        if st.button("Add a face by hand", icon=":material/crop:", key=f"{key}.place", type="tertiary"):
            _open(shot, result)
        if by_hand(shot):
            st.button(
                "Remove what was added",
                icon=":material/undo:",
                key=f"{key}.forget",
                type="tertiary",
                on_click=forget_by_hand,
                args=(shot,),
            )
    if by_hand(shot):
        st.caption("No detector found what was added by hand. A model answers about whatever it is shown.")


def use_square(shot: Shot, size: tuple[int, int], placed: Placed) -> None:
    """Take what is in the square as one more face of the picture of that ``size`` (width, height)."""
    left, top, side = placed.box(*size)
    mark_by_hand(shot, Face(left, top, side, side))


def _open(shot: Shot, result: Result) -> None:
    st.session_state.pop(_DONE, None)
    _place(shot, result)


@st.dialog("Place a square around the face", width="large")
def _place(shot: Shot, result: Result) -> None:
    if st.session_state.pop(_DONE, False):
        # The button ran the dialog alone; now the whole page is drawn anew, without it.
        st.rerun()

    def use(placed: Placed) -> None:
        use_square(shot, result.answer.size, placed)
        st.session_state[_DONE] = True

    place_square(result.plain, key="predict.hand.square", on_use=use)
