"""Pictures and what was answered: where their faces are, a card for each (or one for the picture as a whole), and a
way on where no face was found."""

from collections.abc import Sequence

import streamlit as st

from mtldemo.predict.answers import PictureAnswer
from mtldemo.predict.domain import warnings
from mtldemo.predict.notes import Code
from mtldemo.ui.plain import plain
from mtldemo.ui.predict.address import COMPARE, go_to
from mtldemo.ui.predict.by_hand import missing_face, nobody_found
from mtldemo.ui.predict.exports import downloads
from mtldemo.ui.predict.face_card import answer_card
from mtldemo.ui.predict.grad_cam import where_looks
from mtldemo.ui.predict.inference import LEAST, Result
from mtldemo.ui.predict.model_picker import Setup
from mtldemo.ui.predict.results import glance
from mtldemo.ui.predict.session_pictures import Shot, choose
from mtldemo.ui.problems import problem
from mtldemo.ui.words import count

FEW = 4
"""Pictures shown one below the other; more are in a table, of which one is looked at."""


def pictures_view(shots: Sequence[Shot], results: Sequence[Result], setup: Setup, *, key: str) -> None:
    """What was found in all of them, the downloads, and one picture after the other."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{_summary(results)}**", width="content")
        downloads(shots, results, key=key)
    if len(shots) > FEW:
        st.caption("Pick a row to see its picture.")
        picked = glance(shots, results, key=key)
        _picture(shots[picked], results[picked], setup, key=f"{key}.{picked}", alone=False)
        return
    for result in results:
        if result.answer.error:
            problem(result.answer.error, icon=":material/broken_image:")
    good = [number for number, result in enumerate(results) if not result.answer.error]
    for number in good:
        if number > good[0]:
            st.divider()
        _picture(shots[number], results[number], setup, key=f"{key}.{number}", alone=len(good) == 1)


def _picture(shot: Shot, result: Result, setup: Setup, *, key: str, alone: bool) -> None:
    answer = result.answer
    if answer.error:
        problem(answer.error, icon=":material/broken_image:")
        return
    if not alone:
        st.markdown(f"**{plain(shot.name)}** · {answer.items}")
    one = len(answer.faces) < 2
    picture, rest = st.columns([2, 3], gap="medium") if one else (st.container(), st.container())
    with picture:
        width = "stretch" if one else min(max(answer.size[0], LEAST), 760)
        alt = shot.name if answer.whole else f"{shot.name}, {answer.items} marked"
        st.image(result.marked, width=width, alt=alt)
        for note in answer.notes:
            if note.code != Code.NO_FACE:  # said beside it, with what can be done
                st.caption(plain(note.sentence))
        if answer.faces and not answer.whole:
            missing_face(shot, result, key=key)
    with rest:
        if not answer.faces:
            nobody_found(shot, result, key=key)
        elif one:
            _face(shot, answer, 1, setup, key=key)
        else:
            with st.grid(2, min_column_width=380, gap="medium"):
                for number in range(1, len(answer.faces) + 1):
                    _face(shot, answer, number, setup, key=key)


def _face(shot: Shot, answer: PictureAnswer, number: int, setup: Setup, *, key: str) -> None:
    model, face = setup.model.key, answer.faces[number - 1]
    banner = " ".join(warnings(answer.domains, shot.domain))
    crop, answers = face.crops.get(model), face.answers[model]
    with st.container():
        answer_card(
            "The picture" if face.whole else f"Face {number}",
            crop,
            answers,
            answer.tasks[model],
            key=f"{key}.face{number}",
            doubts=face.doubts,
            whole=face.whole,
            banner=banner,
        )

        def others() -> None:
            asked = setup.others and st.button(
                "What other models say",
                icon=":material/groups:",
                key=f"{key}.face{number}.others",
                type="tertiary",
                on_click=_ask_others,
                args=(shot, number - 1),
            )
            if asked:
                # The click ran its own part of the page alone.
                st.rerun()

        if crop is not None:
            where_looks(setup.predictor(), crop, answers, key=f"{key}.face{number}.looks", beside=others)


def _ask_others(shot: Shot, face: int) -> None:
    choose(shot, face)
    go_to(COMPARE)


def _summary(results: Sequence[Result]) -> str:
    looked_for = [result.answer for result in results if not result.answer.error and not result.answer.whole]
    faces = sum(len(answer.faces) for answer in looked_for)
    broken = sum(bool(result.answer.error) for result in results)
    parts = [count(len(results), "picture")]
    if looked_for or broken == len(results):
        parts.append(count(faces, "face"))
    if broken:
        parts.append(f"{broken} could not be read")
    return " · ".join(parts)
