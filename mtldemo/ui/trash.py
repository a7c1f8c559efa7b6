"""What was just moved to the trash, with the way back."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from mtldemo import runs
from mtldemo.ui.plain import plain


def to_trash(key: str, name: str, folder: Path, token: str) -> None:
    """Keep for ``told_trash`` that ``name`` of ``folder`` is in the trash as ``token``. ``key`` is the page's."""
    st.session_state[f"{key}:trashed"] = (name, folder, token)


def told_trash(key: str, attempt: Callable[..., None], back: Callable[[str], None]) -> None:
    """Say what is in the trash since the last click, with a button that brings it back: ``attempt`` runs an action and
    keeps its error, ``back`` gets the name of what is there again."""
    trashed_key = f"{key}:trashed"
    if trashed_key not in st.session_state:
        return
    name, folder, token = st.session_state[trashed_key]

    def forget() -> None:
        st.session_state.pop(trashed_key, None)

    def undo() -> None:
        back(runs.restore(folder, token).name)
        forget()

    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/delete: **{plain(name)}** is in the trash.", width="content")
        st.button("Undo", icon=":material/undo:", key=f"{key}.undo", on_click=attempt, args=(undo,))
        st.button("Dismiss", type="tertiary", key=f"{key}.dismiss", on_click=forget)
