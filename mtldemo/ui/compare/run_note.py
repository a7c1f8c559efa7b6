"""A run's note and tags, to be read and written."""

import streamlit as st

from mtldemo.runs import notes
from mtldemo.study.info import RunInfo
from mtldemo.ui.compare.progress import attempt


def run_note(info: RunInfo, *, readonly: bool) -> None:
    """The note and tags of one run, with a button that keeps them."""
    with st.container(border=True):
        st.markdown(f"**{info.name}**")
        if readonly:
            st.markdown(info.note or "No note.")
            if info.tags:
                st.caption(", ".join(info.tags))
            return
        note, tags = f"compare.note:{info.path}", f"compare.tags:{info.path}"
        st.text_area("Note", info.note, key=note, height=90, placeholder="What you want to remember of this run")
        st.multiselect(
            "Tags",
            list(info.tags),
            list(info.tags),
            key=tags,
            accept_new_options=True,
            placeholder="Type a tag and press Enter",
        )

        def keep() -> None:
            attempt(notes.write, info.path, st.session_state[note], st.session_state[tags])

        st.button("Keep", icon=":material/save:", key="compare.keep", on_click=keep)
