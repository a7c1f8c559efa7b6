"""The ways in, one at a time: the open one is in the URL."""

from collections.abc import Callable

import streamlit as st

from mtldemo.predict.models import NOTICE
from mtldemo.ui.predict.live import live
from mtldemo.ui.predict.setup import Setup, detector_words, setup, there_is_a_model, warm_up
from mtldemo.ui.predict.side_by_side import side_by_side
from mtldemo.ui.predict.snapshot import snapshot
from mtldemo.ui.predict.upload import upload
from mtldemo.ui.problems import in_words

WAYS: dict[str, Callable[[Setup], None]] = {"Upload": upload, "Snapshot": snapshot, "Live": live}
COMPARE = "Compare models"
ICONS = {
    "Upload": ":material/upload:",
    "Snapshot": ":material/photo_camera:",
    "Live": ":material/videocam:",
    COMPARE: ":material/compare_arrows:",
}
PRIVACY = "Pictures stay in this program's memory; nothing is stored unless you download it."


def predict_page() -> None:
    """Draw the page below its title."""
    if not there_is_a_model():
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        way = st.segmented_control(
            "Where the faces come from",
            list(ICONS),
            format_func=lambda name: f"{ICONS[name]} {name}",
            default=next(iter(ICONS)),
            required=True,
            wrap=True,
            key="way",
            bind="query-params",
            label_visibility="collapsed",
        )
        chosen = None if way == COMPARE else setup()
    if chosen is None:
        side_by_side(key="predict.compare")
    else:
        warm_up(chosen)
        st.caption(f"{chosen.model.title} answers; {detector_words(chosen.detector)}.")
        with in_words():
            WAYS[way or next(iter(WAYS))](chosen)
    st.space("small")
    st.caption(f":material/info: {NOTICE} {PRIVACY}")
