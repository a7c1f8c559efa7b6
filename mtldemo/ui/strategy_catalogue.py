"""The catalogue: a list that can be filtered, and one strategy in detail. The selection is in the URL."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from mtldemo.config import with_value
from mtldemo.presets import PRESETS
from mtldemo.ui.addresses import TRAIN_PAGE
from mtldemo.ui.forms import fill
from mtldemo.ui.plain import plain
from mtldemo.ui.scrolling import scroll_to_choice
from mtldemo.ui.strategy_words import KIND_TITLES, KIND_WORDS, Entry, entries, in_lines, setting_rows
from mtldemo.weighting.costs import PLACES

CHOSEN = "strategy"
"""The query parameter that holds the strategy shown."""
LIST = "catalogue.strategy"
COSTS = {"Any": 99.0, "As a plain sum": 1.05, "Up to 1.5 ×": 1.5}
"""The filter by a step's time, as a multiple of the plain sum's."""
PLAIN = 1.05
"""Below this a step costs about as much as a plain sum's."""
LIST_HEIGHT = 480


def catalogue() -> None:
    """Draw the filters, the list and the details of the chosen strategy."""
    every = entries()
    shown = _filtered(every)
    listing, detail = st.columns([2, 3], gap="medium")
    if not shown:
        st.info("No strategy is like that. Widen the filters.", icon=":material/filter_alt_off:")
        return
    with listing:
        chosen = _list(shown)
        whole = len(every)
        st.caption(f"{whole} strategies." if len(shown) == whole else f"{len(shown)} of {whole} strategies.")
    with detail, st.container(border=True):
        _detail(chosen)


def _filtered(every: Sequence[Entry]) -> list[Entry]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kinds = st.pills(
            "Weighs by",
            list(KIND_TITLES),
            format_func=KIND_TITLES.__getitem__,
            selection_mode="multi",
            key="catalogue.kind",
            persist_state="session",
            help=" ".join(f"**{KIND_TITLES[kind]}**: {words}" for kind, words in KIND_WORDS.items()),
        )
        limit = st.segmented_control(
            "Time of a step",
            list(COSTS),
            default="Any",
            key="catalogue.cost",
            required=True,
            wrap=True,
            persist_state="session",
            help="As published, beside a plain sum, for three tasks. Gradients taken at the features cost far less.",
        )
    return [entry for entry in every if (not kinds or entry.kind in kinds) and entry.time <= COSTS[limit or "Any"]]


def _list(shown: Sequence[Entry]) -> Entry:
    names = {entry.name: entry for entry in shown}
    wanted = st.query_params.get(CHOSEN, "")
    if wanted in names:
        st.session_state.setdefault(LIST, wanted)
    elif wanted and wanted not in {entry.name for entry in entries()}:
        words = f"There is no strategy called “{wanted}”. Here are all that there are."
        st.warning(plain(words), icon=":material/search_off:")
    with st.container(height=LIST_HEIGHT, border=True):
        name = st.radio(
            "Strategy",
            list(names),
            format_func=lambda name: names[name].title,
            captions=[_line(entry) for entry in shown],
            key=LIST,
            label_visibility="collapsed",
            width="stretch",
        )
        scroll_to_choice()
    chosen = names.get(name or "", shown[0])
    # A bound widget would write its title into the address; this is the name that the command line knows, too.
    if wanted or chosen is not shown[0]:
        st.query_params[CHOSEN] = chosen.name
    return chosen


def _line(entry: Entry) -> str:
    cost = "as fast as a plain sum" if entry.time <= PLAIN else f"{entry.time:.1f} × the time of a plain sum"
    return f"{KIND_TITLES[entry.kind]} · {cost}"


def _detail(entry: Entry) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(entry.title, anchor=False, width="content")
        if st.button("Train with it", icon=":material/model_training:", key="catalogue.train"):
            fill("new_run", with_value(PRESETS[0].config, ("weighting", "strategy"), entry.name))
            st.switch_page(TRAIN_PAGE)
    st.markdown(entry.idea)
    st.latex(in_lines(entry.formula))
    st.markdown(f"**{KIND_TITLES[entry.kind]}.** {KIND_WORDS[entry.kind]}")
    count = ", K being the number of tasks" if entry.cost.startswith("K ") else ""
    st.markdown(f"**Costs** {entry.cost}{count}.")
    if entry.needs:
        st.markdown(f"**Needs** {'; '.join(entry.needs)}.")
    if entry.keeps:
        st.markdown(f"**Keeps in each step** {' '.join(entry.keeps)}")
    rows = setting_rows(entry.settings)
    if rows:
        st.markdown("**Hyper-parameters**")
        st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt=f"Hyper-parameters of {entry.title}")
    else:
        st.markdown("**No hyper-parameters.**")
    if any(max(time, memory) > PLAIN for _, time, memory in entry.costs):
        _costs(entry)
    st.caption(f"{entry.paper}. On the command line: `--strategy {entry.name}`.")


def _costs(entry: Entry) -> None:
    st.markdown("**A step beside a plain sum, three tasks**")
    columns = {
        "Time": [f"{time:.2f} ×" for _, time, _ in entry.costs],
        "Memory": [f"{memory:.2f} ×" for _, _, memory in entry.costs],
    }
    if len(entry.costs) > 1:
        columns = {"Gradients taken at": [PLACES[place].title for place, _, _ in entry.costs], **columns}
    table = pd.DataFrame(columns)
    st.table(table, border="horizontal", hide_index=True, alt=f"What a step of {entry.title} costs")
