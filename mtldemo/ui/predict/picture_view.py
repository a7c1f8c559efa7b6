"""One picture: where its faces are, a card for each (or one for the picture as a whole), and faces added by hand where
no detector found them."""

from collections.abc import Callable

import streamlit as st

from mtldemo.predict.answers import PictureAnswer
from mtldemo.predict.detect import Face
from mtldemo.predict.domain import domain_warnings
from mtldemo.predict.notes import NoteCode
from mtldemo.ui.place_square import PlacedSquare, place_square
from mtldemo.ui.plain import plain
from mtldemo.ui.predict.face_card import answer_card
from mtldemo.ui.predict.grad_cam import grad_cam
from mtldemo.ui.predict.inference import LEAST, PictureResult
from mtldemo.ui.predict.model_picker import PickedModel
from mtldemo.ui.predict.pictures import (
    InputPicture,
    add_face,
    add_whole_picture,
    choose_face,
    faces_by_hand,
    remove_faces_by_hand,
)
from mtldemo.ui.problems import problem

_DONE = "predict.hand.done"


def picture_view(
    picture: InputPicture,
    result: PictureResult,
    model: PickedModel,
    *,
    key: str,
    alone: bool,
    compare: Callable[[], None] | None = None,
) -> None:
    """Draw the picture and the card of each of its faces, under its name where it isn't ``alone``. ``compare`` opens
    the comparison of models, if there is one. The widgets' keys begin with ``key``."""
    answer = result.answer
    if answer.error:
        problem(answer.error, icon=":material/broken_image:")
        return
    if not alone:
        st.markdown(f"**{plain(picture.name)}** · {answer.items}")
    one = len(answer.faces) < 2
    left, right = st.columns([2, 3], gap="medium") if one else (st.container(), st.container())
    with left:
        width = "stretch" if one else min(max(answer.size[0], LEAST), 760)
        alt = picture.name if answer.whole else f"{picture.name}, {answer.items} marked"
        st.image(result.marked, width=width, alt=alt)
        for note in answer.notes:
            if note.code != NoteCode.NO_FACE:  # said beside it, with what can be done
                st.caption(plain(note.sentence))
        if answer.faces and not answer.whole:
            add_face_view(picture, result, key=key)
    with right:
        if not answer.faces:
            no_face_view(picture, result, key=key)
        elif one:
            _face(picture, answer, 1, model, compare, key=key)
        else:
            with st.grid(2, min_column_width=380, gap="medium"):
                for number in range(1, len(answer.faces) + 1):
                    _face(picture, answer, number, model, compare, key=key)


def _face(
    picture: InputPicture,
    answer: PictureAnswer,
    number: int,
    model: PickedModel,
    compare: Callable[[], None] | None,
    *,
    key: str,
) -> None:
    name, face = model.choice.key, answer.faces[number - 1]
    crop, answers = face.crops.get(name), face.answers[name]

    def open_comparison() -> None:
        choose_face(picture, number - 1)
        if compare is not None:
            compare()

    def compare_button() -> None:
        pressed = compare is not None and st.button(
            "What other models say",
            icon=":material/groups:",
            key=f"{key}.face{number}.others",
            type="tertiary",
            on_click=open_comparison,
        )
        if pressed:
            # The click ran its own part of the page alone.
            st.rerun()

    with st.container():
        answer_card(
            "The picture" if face.whole else f"Face {number}",
            crop,
            answers,
            answer.tasks[name],
            key=f"{key}.face{number}",
            doubts=face.doubts,
            whole=face.whole,
            banner=" ".join(domain_warnings(answer.domains, picture.domain)),
        )
        if crop is not None:
            grad_cam(model.predictor(), crop, answers, key=f"{key}.face{number}.looks", beside=compare_button)


def no_face_view(picture: InputPicture, result: PictureResult, *, key: str) -> None:
    """Say that there is no face, and what can be done."""
    st.info("No face was found in this picture.", icon=":material/search_off:")
    with st.container(horizontal=True):
        st.button(
            "Use the whole image",
            icon=":material/crop_free:",
            key=f"{key}.whole",
            type="primary",
            on_click=add_whole_picture,
            args=(picture, result.answer.size),
        )
        if st.button("Crop by hand", icon=":material/crop:", key=f"{key}.place"):
            _open_crop_dialog(picture, result)
    st.caption("The whole image does well where a face fills it; else place a square around the face.")


def add_face_view(picture: InputPicture, result: PictureResult, *, key: str) -> None:
    """Add a face to those that were found, or let go of those added."""
    with st.container(horizontal=True):
        if st.button("Add a face by hand", icon=":material/crop:", key=f"{key}.place", type="tertiary"):
            _open_crop_dialog(picture, result)
        if faces_by_hand(picture):
            st.button(
                "Remove what was added",
                icon=":material/undo:",
                key=f"{key}.forget",
                type="tertiary",
                on_click=remove_faces_by_hand,
                args=(picture,),
            )
    if faces_by_hand(picture):
        st.caption("No detector found what was added by hand. A model answers about whatever it is shown.")


def _open_crop_dialog(picture: InputPicture, result: PictureResult) -> None:
    st.session_state.pop(_DONE, None)
    _crop_dialog(picture, result)


@st.dialog("Place a square around the face", width="large")
def _crop_dialog(picture: InputPicture, result: PictureResult) -> None:
    if st.session_state.pop(_DONE, False):
        # The button ran the dialog alone; now the whole page is drawn anew, without it.
        st.rerun()

    def use(placed: PlacedSquare) -> None:
        left, top, side = placed.box(*result.answer.size)
        add_face(picture, Face(left, top, side, side))
        st.session_state[_DONE] = True

    place_square(result.plain, key="predict.hand.square", on_use=use)
