"""A face that no detector found: the whole picture, or a square that a person places."""

import io

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from mtldemo.predict.crop import Square, cut
from mtldemo.predict.detect import Face
from mtldemo.predict.drawing import LINE, PAPER
from mtldemo.ui.predict.at_hand import Shot
from mtldemo.ui.predict.work import Result, by_hand, forget_by_hand, mark_by_hand, use_whole

SEEN = 160
"""Side of the crop's preview, in pixels."""
_DONE = "predict.hand.done"
_SIDE, _ACROSS, _DOWN = "predict.hand.side", "predict.hand.x", "predict.hand.y"


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


def _open(shot: Shot, result: Result) -> None:
    st.session_state.pop(_DONE, None)
    _place(shot, result)


@st.dialog("Place a square around the face", width="large")
def _place(shot: Shot, result: Result) -> None:
    if st.session_state.pop(_DONE, False):
        # The click ran the dialog alone; now the whole page is drawn anew, without it.
        st.rerun()
    width, height = result.answer.size
    image = Image.open(io.BytesIO(result.plain))
    picture, fields = st.columns([3, 2], gap="medium")
    with fields:
        st.slider("Size", 5, 100, 50, format="%d %%", key=_SIDE)
        st.slider("Left to right", 0, 100, 50, format="%d %%", key=_ACROSS)
        st.slider("Top to bottom", 0, 100, 50, format="%d %%", key=_DOWN)
        face, scale = _placed(width, height), image.width / width
        small = Square(scale * (face.x + face.w / 2), scale * (face.y + face.h / 2), scale * face.w)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.image(cut(np.asarray(image), small, SEEN), caption="What the model will see", alt="The crop")
        st.button(
            "Use this square",
            type="primary",
            icon=":material/check:",
            key="predict.hand.use",
            on_click=_use,
            args=(shot, width, height),
        )
    with picture:
        st.image(_with_square(image, small), width="stretch", alt="The picture with the square")
        st.caption("Like the training pictures: from the hair line to the chin, with a little around it.")


def _placed(width: int, height: int) -> Face:
    """The square that the sliders say, of a picture of this size."""
    side, across, down = (st.session_state[key] / 100 for key in (_SIDE, _ACROSS, _DOWN))
    edge = side * min(width, height)
    # At 0 and 100 % the square touches the border, so it never leaves the picture.
    return Face((width - edge) * across, (height - edge) * down, edge, edge)


def _use(shot: Shot, width: int, height: int) -> None:
    mark_by_hand(shot, _placed(width, height))
    st.session_state[_DONE] = True


def _with_square(image: Image.Image, square: Square) -> Image.Image:
    """The picture with the square drawn, white around the line so that it is seen anywhere."""
    marked = image.copy()
    draw, half, line = ImageDraw.Draw(marked), square.side / 2, max(2, round(max(image.size) / 250))
    box = (square.x - half, square.y - half, square.x + half, square.y + half)
    draw.rectangle(box, outline=PAPER, width=2 * line + 1)
    draw.rectangle(box, outline=LINE, width=line)
    return marked
