"""A note and tags, of a run or of a whole study, to be read and written."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from mtldemo.runs import notes
from mtldemo.study.info import RunInfo
from mtldemo.ui.compare.study_progress import attempt
from mtldemo.ui.plain import plain, plain_badge


def run_note(info: RunInfo, *, readonly: bool) -> None:
    """The note and tags of one run, with a button that keeps them."""
    with st.container(border=True):
        st.markdown(f"**{plain(info.name)}**")
        if readonly:
            shown_note(info.note or "No note.", info.tags)
        else:
            note_fields(info.path, info.note, info.tags, what="run")


def shown_note(text: str, tags: Sequence[str]) -> None:
    """A note and tags as they are."""
    if text:
        st.markdown(plain(text))
    if tags:
        with st.container(horizontal=True, gap="small"):
            for tag in tags:
                st.badge(plain_badge(tag), icon=":material/sell:", color="gray")


def note_fields(path: Path, text: str, tags: Sequence[str], *, what: str) -> None:
    """Fields for the note and tags of the folder ``path``, which is a ``what``, with a button that keeps them."""
    note, tagged = f"compare.note:{path}", f"compare.tags:{path}"
    st.text_area("Note", text, key=note, height=90, placeholder=f"What you want to remember of this {what}")
    st.multiselect(
        "Tags",
        list(tags),
        list(tags),
        key=tagged,
        accept_new_options=True,
        placeholder="Type a tag and press Enter",
    )

    def keep() -> None:
        attempt(notes.write, path, st.session_state[note], st.session_state[tagged])

    st.button("Keep", icon=":material/save:", key=f"compare.keep_{what}", on_click=keep)
