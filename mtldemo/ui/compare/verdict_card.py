"""What the comparison says in words, before anything is drawn."""

from collections.abc import Sequence

import streamlit as st

from mtldemo.study.info import RunInfo
from mtldemo.ui.words import count


def headline(sentences: Sequence[str]) -> None:
    """The first sentence, large."""
    if sentences:
        with st.container(border=True):
            st.markdown(f"### {sentences[0]}")


def what_else(sentences: Sequence[str]) -> None:
    """What there is to say beneath the headline: what nearly was, what can't be known, what the figures don't hold."""
    if len(sentences) > 1:
        with st.container(border=True):
            st.markdown("**What else can be said, and what can't**")
            st.markdown("\n".join(f"- {sentence}" for sentence in sentences[1:]))


def remarks_card(remarks: Sequence[str]) -> None:
    """What makes the runs incomparable, said before anything is drawn."""
    if remarks:
        st.warning(
            "  \n".join(remarks), title="These runs aren't measured by the same yardstick", icon=":material/rule:"
        )


def broken_card(broken: Sequence[RunInfo]) -> None:
    """Runs that can't be read, or not in full, with what is wrong with each."""
    if not broken:
        return
    with st.expander(f"{count(len(broken), 'run')} with something wrong", icon=":material/warning:"):
        st.dataframe(
            {"Run": [info.name for info in broken], "What is wrong": [info.problem for info in broken]},
            hide_index=True,
            alt="Runs that can't be read, or not in full",
        )
