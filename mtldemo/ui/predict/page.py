"""The ways in, one at a time: the open one is in the URL."""

from collections.abc import Callable

import streamlit as st

from mtldemo.charts.words import listed
from mtldemo.predict.models import choices, notice
from mtldemo.runs import default_runs_dir
from mtldemo.ui.plain import plain
from mtldemo.ui.predict.address import COMPARE, LIVE, SNAPSHOT, UPLOAD, has_gone, open_way
from mtldemo.ui.predict.compare_models import leave_address
from mtldemo.ui.predict.compare_view import side_by_side
from mtldemo.ui.predict.model_card import model_card
from mtldemo.ui.predict.model_picker import Setup, detector_words, setup, there_is_a_model, warm_up
from mtldemo.ui.predict.ways import live, snapshot, upload, way_out
from mtldemo.ui.problems import in_words
from mtldemo.ui.scrolling import scroll_to_top
from mtldemo.ui.words import count

DRAWN: dict[str, Callable[[Setup], None]] = {UPLOAD: upload, SNAPSHOT: snapshot, LIVE: live}
MANY = 8
"""Tasks from which on a model's aren't listed in its line."""
PRIVACY = "Pictures stay in this program's memory; nothing is stored unless you download it."


def predict_page() -> None:
    """Draw the page below its title."""
    if not there_is_a_model():
        return
    gone = has_gone()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        way = open_way()
        chosen = setup(with_model=way != COMPARE)
    if gone:
        scroll_to_top()
    if way == COMPARE:
        side_by_side(key="predict.compare", detector=chosen.detector)
    else:
        leave_address()
        warm_up(chosen)
        who = "The UTKFace model" if chosen.model.shipped else f"The run {plain(chosen.model.title)}"
        titles = [task.title.lower() for task in chosen.tasks]
        topics = (
            listed(titles) if 0 < len(titles) < MANY else count(len(titles), "question") if titles else "many things"
        )
        st.caption(
            f"{topics[:1].upper()}{topics[1:]}? {who} answers; {detector_words(chosen.detector, chosen.domain)}."
        )
        way_out(chosen.model)
        with in_words():
            DRAWN[way](chosen)
    st.space("small")
    if way != COMPARE:
        model_card(chosen.model, key="predict.card")
    kinds = [chosen.domain] if way != COMPARE else [one.domain for one in choices(default_runs_dir())]
    st.caption(f":material/info: {notice(kinds)} {PRIVACY}")
