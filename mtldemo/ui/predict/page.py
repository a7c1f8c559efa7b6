"""The page: a tab for each way to bring a picture to a model, the open one in the address, and the model card below."""

from collections.abc import Callable

import streamlit as st

from mtldemo.predict.domain import DRAWINGS, PHOTOGRAPHS
from mtldemo.predict.models import ModelChoice, choices, has_shipped, notice
from mtldemo.runs import default_runs_dir
from mtldemo.sentences import listed
from mtldemo.tasks import REGRESSION
from mtldemo.ui.addresses import COMPARE_MODELS, WAY
from mtldemo.ui.live_camera import live_camera
from mtldemo.ui.plain import plain
from mtldemo.ui.predict.compare_models import leave_address
from mtldemo.ui.predict.compare_view import compare_view
from mtldemo.ui.predict.inference import predictions
from mtldemo.ui.predict.model_card import model_card
from mtldemo.ui.predict.model_picker import (
    PickedModel,
    detector_sentence,
    pick_model,
    pick_shipped,
    there_is_a_model,
    warm_up,
)
from mtldemo.ui.predict.pictures import (
    CAMERA,
    drawn_wanted,
    forget_drawn,
    photo,
    pictures_from,
    sensitive_wanted,
    upload,
    want_drawn,
)
from mtldemo.ui.predict.results import results_view
from mtldemo.ui.problems import in_words
from mtldemo.ui.scrolling import scroll_to_top
from mtldemo.ui.words import count

UPLOAD, SNAPSHOT, LIVE, COMPARE = "Upload", "Snapshot", "Live", COMPARE_MODELS
TABS = (UPLOAD, SNAPSHOT, LIVE, COMPARE)
MANY = 8
"""Tasks from which on a model's aren't listed in its line."""
PRIVACY = "Pictures stay in this program's memory; nothing is stored unless you download it."
_SWITCHED = "predict.sent"


def predict_page() -> None:
    """Draw the page below its title."""
    if not there_is_a_model():
        return
    switched = bool(st.session_state.get(_SWITCHED))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        tab = _tab()
        model = pick_model(with_model=tab != COMPARE)
    if switched:
        scroll_to_top()
    if tab == COMPARE:
        compare_view(key="predict.compare", detector=model.detector)
    else:
        leave_address()
        warm_up(model)
        st.caption(_introduction(model))
        _warn_of_drawings(model.choice)
        with in_words():
            DRAWN[tab](model)
    st.space("small")
    if tab != COMPARE:
        model_card(model.choice, key="predict.card")
    domains = [model.domain] if tab != COMPARE else [choice.domain for choice in choices(default_runs_dir())]
    st.caption(f":material/info: {notice(domains)} {PRIVACY}")


def _tab() -> str:
    """Draw the choice of the tab and return the open one."""
    # Bound widgets write an option's words into the address, so these are plain. One that was set has no default.
    tab = st.segmented_control(
        "Where the pictures come from",
        TABS,
        default=None if st.session_state.pop(_SWITCHED, False) else UPLOAD,
        required=True,
        wrap=True,
        key=WAY,
        bind="query-params",
        label_visibility="collapsed",
    )
    return tab or UPLOAD


def _switch_to(tab: str) -> None:
    """Open another tab: for a button's ``on_click``."""
    st.session_state[WAY] = tab
    st.session_state[_SWITCHED] = True


def _introduction(model: PickedModel) -> str:
    """What can be asked, who answers, and who finds the faces, in Markdown."""
    who = "The UTKFace model" if model.choice.shipped else f"The run {plain(model.choice.title)}"
    titles = [task.in_sentence for task in model.tasks]
    topics = "many things" if not titles else listed(titles) if len(titles) < MANY else count(len(titles), "question")
    return f"{topics[:1].upper()}{topics[1:]}? {who} answers; {detector_sentence(model.detector, model.domain)}."


def _upload(model: PickedModel) -> None:
    """Draw the upload and what the model says. Raises ``MtlDemoError`` where the model can't be used."""
    pictures = upload(model.choice.data, faces=model.domain.faces)
    if pictures:
        results_view(pictures, predictions(pictures, model), model, key="predict.upload", compare=_compare(model))


def _snapshot(model: PickedModel) -> None:
    """Draw the camera and what the model says. Raises ``MtlDemoError`` where the model can't be used."""
    if pictures_from(CAMERA):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            pictures = photo()
            sensitive_too = sensitive_wanted(model.tasks)
        results = predictions(pictures, model, sensitive_too=sensitive_too)
        results_view(pictures, results, model, key="predict.snapshot", compare=_compare(model))
        return
    camera, explanation = st.columns([3, 2], gap="large")
    with camera:
        photo()
    with explanation:
        sensitive_wanted(model.tasks)
        st.caption(
            "The browser asks before it shows the camera. It needs HTTPS or this very machine (localhost). "
            "Good light helps. No camera? Upload takes a picture from a file."
        )


def _live(model: PickedModel) -> None:
    """Draw the live camera."""
    above = st.container()
    sensitive_too = sensitive_wanted(model.tasks)
    with above:
        live_camera(
            [model.choice.key],
            model.detector,
            model.tasks,
            sensitive_too=sensitive_too,
            key="predict.live",
            faces=model.domain.faces,
        )
    followed = "Faces are followed from frame to frame, so boxes and" if model.domain.faces else "The"
    who = "people" if model.domain.faces else "pictures like those of its data set"
    has_numbers = any(task.kind == REGRESSION for task in model.tasks)
    intervals = f"The span behind a number holds for about 8 of 10 {who}. " if has_numbers else ""
    st.caption(
        f"{followed} answers are steadied from frame to frame. {intervals}"
        "Your browser gives a camera to pages over HTTPS or on this very machine (localhost)."
    )


DRAWN: dict[str, Callable[[PickedModel], None]] = {UPLOAD: _upload, SNAPSHOT: _snapshot, LIVE: _live}
"""What draws each tab of one model."""


def _compare(model: PickedModel) -> Callable[[], None] | None:
    """Opens the comparison of models, where there is another one."""
    return (lambda: _switch_to(COMPARE)) if model.has_others else None


def _warn_of_drawings(choice: ModelChoice) -> None:
    """For a model that learned from drawings: that it knows no photographs, drawn portraits to ask it about, and the
    model of real faces. Nothing for any other."""
    if choice.data is None or choice.domain != DRAWINGS:
        return
    st.warning(DRAWINGS.warning(PHOTOGRAPHS), icon=":material/draw:")
    with st.container(horizontal=True):
        if not drawn_wanted():
            st.button("Ask it about drawn portraits", icon=":material/draw:", key="predict.drawn", on_click=_ask_drawn)
        if has_shipped():
            st.button(
                "Ask the model of real faces", icon=":material/face:", key="predict.shipped", on_click=_ask_shipped
            )


def _ask_drawn() -> None:
    want_drawn()
    _switch_to(UPLOAD)


def _ask_shipped() -> None:
    forget_drawn()
    pick_shipped()
