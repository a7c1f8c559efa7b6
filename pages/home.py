"""Home: what this is, one button for a small demo run, the latest runs."""

import streamlit as st

from mtldemo.predict.models import SHIPPED_NAME, has_shipped
from mtldemo.runs import default_runs_dir, list_runs
from mtldemo.ui.addresses import COMPARE_PAGE, DATA_PAGE, PREDICT_PAGE, TRAIN_PAGE
from mtldemo.ui.navigation import in_frame
from mtldemo.ui.problems import in_words
from mtldemo.ui.run_cards import run_cards
from mtldemo.ui.sum_of_losses import sum_of_losses

LATEST = 6

in_frame(__file__)
st.title("One network, three questions")
words, picture = st.columns([3, 2], gap="large")
with words:
    st.markdown(
        """
1. A **HydraNet** looks at a face once, with one shared backbone, and three small heads answer: how old, which gender,
   which ethnicity?
2. It learns from three losses at once: an error in **years** for age, and a **cross-entropy** each
   for gender and ethnicity.
3. Adding them up as they are is a bad idea. Fifteen years off costs 15, a coin-flip on gender costs 0.7: the sum is
   nearly all age, and the other two tasks starve.
4. A **loss weighting** decides how much each task counts: fixed by hand, set by a rule, or learned with the network.
5. Pick one, press start, and watch losses, weights and metrics move live. Then see which task gained and which paid.
"""
    )
with picture:
    sum_of_losses()

with st.container(horizontal=True, vertical_alignment="center"):
    if st.button("Start a demo run", type="primary", icon=":material/play_arrow:", key="start_demo"):
        with in_words():
            # What starts a run is read only when it is needed: Home itself opens without it.
            from mtldemo import launch
            from mtldemo.presets import preset_named

            run = launch.start(preset_named("demo").config, runs_dir=default_runs_dir())
            st.switch_page(TRAIN_PAGE, query_params={"run": run.name})
    st.page_link(
        PREDICT_PAGE,
        label="Try it on your own face",
        icon=":material/face:",
        query_params={"model": SHIPPED_NAME} if has_shipped() else None,
    )
    st.page_link(DATA_PAGE, label="Look at the data", icon=":material/photo_library:")
    st.page_link(TRAIN_PAGE, label="Set up your own run", icon=":material/tune:")
    st.page_link(COMPARE_PAGE, label="See which weighting wins", icon=":material/compare_arrows:")
st.caption("The demo trains on portraits that the program draws itself: a minute or two, nothing to download.")

st.space("small")
st.subheader("Latest runs")
with in_words():
    runs = list_runs(default_runs_dir())
    if runs:
        run_cards(runs[:LATEST])
        if len(runs) > LATEST:
            st.page_link(TRAIN_PAGE, label=f"All {len(runs)} runs", icon=":material/list:")
    else:
        with st.container(border=True, horizontal_alignment="center"):
            st.markdown("**No runs yet.**", text_alignment="center")
            st.caption("Start the demo above and its curves will be here, live.", text_alignment="center")
