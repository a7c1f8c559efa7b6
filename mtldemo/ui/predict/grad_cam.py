"""Where each head looks, for one face: a button that opens one picture a task, with what they show and don't."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mtldemo.predict.answers import Answer, Answers, ClassAnswer
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words

if TYPE_CHECKING:
    from mtldemo.predict.predictor import Predictor

TITLE = "Where each head looks"
MOST = 8
"""Tasks that are all shown at once; of more, one is chosen."""
SIDE = 320
"""Pixels a side of the pictures, which are shown smaller."""
COLOURS = "rgb(68,1,84),rgb(59,82,139),rgb(33,145,140),rgb(94,201,98),rgb(253,231,37)"
"""Of the overlays, from 0 to 1: viridis."""


def grad_cam(
    predictor: "Predictor", crop: np.ndarray, answers: Answers, *, key: str, beside: Callable[[], None] | None = None
) -> None:
    """A button, and once it is pressed a card: for each task of ``answers`` the places of ``crop`` uint8 [S, S, 3]
    that the answer of ``predictor`` rests on. Nothing is computed before; ``key`` is this face's own.

    ``beside`` draws what else there is to do about the face, in the button's row."""

    # Of its own, so that a press doesn't draw the whole page again.
    @st.fragment
    def card() -> None:
        shown = bool(st.session_state.get(f"{key}.shown"))
        with st.container(horizontal=True, gap="medium"):
            st.button(
                f"Hide {TITLE[:1].lower()}{TITLE[1:]}" if shown else TITLE,
                icon=":material/visibility_off:" if shown else ":material/visibility:",
                key=f"{key}.where",
                type="tertiary",
                on_click=_turn,
                args=(f"{key}.shown",),
            )
            if beside is not None:
                beside()
        if shown:
            with in_words():
                _card(predictor, crop, answers, key)

    card()


def _card(predictor: "Predictor", crop: np.ndarray, answers: Answers, key: str) -> None:
    if len(answers) > MOST:
        titles = {task.name: task.title for task in predictor.tasks if task.name in answers}
        chosen = st.selectbox("Task", list(titles), format_func=titles.__getitem__, key=f"{key}.task")
        answers = {chosen: answers[chosen]}
    images, map_size = _images(predictor, crop, answers, key)
    with st.container(border=True):
        st.markdown(f"**{TITLE}**")
        with st.grid(len(images), min_column_width=92, gap="small"):
            for task in (task for task in predictor.tasks if task.name in images):
                image = images[task.name]
                with st.container(gap="xsmall"):
                    st.markdown(f"{plain(task.title)}: {_question(answers[task.name])}")
                    if image is None:
                        st.caption("Nothing on the last map speaks for this answer.")
                    else:
                        st.image(
                            image, width="stretch" if len(images) > 1 else SIDE, alt=f"Where {task.in_sentence} looks"
                        )
        st.html(
            "<div style='display:flex;align-items:center;gap:.6rem;font-size:.8rem;opacity:.8'><span>less</span>"
            "<span style='flex:0 1 9rem;height:.5rem;border-radius:.25rem;"
            f"background:linear-gradient(90deg,{COLOURS})'></span><span>more</span></div>"
        )
        st.caption(
            "Yellow marks the places that an answer rests on the most (Grad-CAM); each picture has a scale of its own. "
            f"They are coarse, {map_size[1]} x {map_size[0]} places laid over what the model saw, and show where the "
            "network looked, not why, nor whether the answer is right."
        )


def _images(
    predictor: "Predictor", crop: np.ndarray, answers: Answers, key: str
) -> tuple[dict[str, np.ndarray | None], tuple[int, int]]:
    """The pictures by task, None where the map is empty, and the map's size; cached until face or answers change."""
    cached = st.session_state.get(f"{key}.kept")
    labels = {name: answer.label if isinstance(answer, ClassAnswer) else "" for name, answer in answers.items()}
    # The network itself, which can't be taken for another one as its number could once it is gone.
    of = (predictor.network, crop.tobytes(), tuple(labels.items()))
    if cached is None or cached[0] != of:
        with st.spinner("Looking where each head looks …"):
            from mtldemo.predict import cam

            maps = cam.maps(predictor, crop, answers)
            images = {name: cam.overlay(crop, heat, SIDE) if heat.any() else None for name, heat in maps.items()}
            cached = of, images, cam.map_size(predictor)
        st.session_state[f"{key}.kept"] = cached
    return cached[1], cached[2]


def _question(answer: Answer) -> str:
    return f"for **{plain(answer.label if isinstance(answer, ClassAnswer) else answer.amount)}**"


def _turn(key: str) -> None:
    st.session_state[key] = not st.session_state.get(key, False)
