"""What the comparison says in words, before anything is drawn."""

from collections.abc import Sequence

import streamlit as st

from mtldemo.study import verdict_words
from mtldemo.study.findings import Verdict
from mtldemo.study.info import RunInfo
from mtldemo.ui.plain import plain
from mtldemo.ui.words import count

TOLD = 20
"""Broken runs whose sentence is shown."""


def headline(verdict: Verdict | None) -> None:
    """The first sentence, large, a line for each of its clauses."""
    if verdict is not None:
        first = verdict_words.headline(verdict)
        with st.container(border=True):
            if first.budget:
                st.caption(f"{plain(first.budget)}:")
            size = "###" if len(first.clauses) == 1 else "####"
            st.markdown("\n\n".join(f"{size} {plain(clause.line)}" for clause in first.clauses))


def what_else(verdict: Verdict | None) -> None:
    """What there is to say beneath the headline: what nearly was, what can't be known, what the figures don't hold."""
    lines = verdict_words.what_else(verdict) if verdict is not None else []
    if lines:
        with st.container(border=True):
            st.markdown("**What else can be said, and what can't**")
            st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def remarks_card(remarks: Sequence[str]) -> None:
    """What makes the runs incomparable, said before anything is drawn."""
    if remarks:
        st.warning(
            "  \n".join(map(plain, remarks)),
            title="These runs aren't measured by the same yardstick",
            icon=":material/rule:",
        )


def broken_card(broken: Sequence[RunInfo]) -> None:
    """Runs that can't be read, or not in full, with what is wrong with each."""
    if not broken:
        return
    with st.expander(f"{count(len(broken), 'run')} with something wrong", icon=":material/warning:"):
        # A table, in which long sentences wrap.
        st.table(
            {f"**{plain(info.name)}**": plain(info.problem) for info in broken[:TOLD]},
            border="horizontal",
            alt="Runs that can't be read, or not in full",
        )
        if len(broken) > TOLD:
            st.caption(f"And {len(broken) - TOLD} more; each says so in the table of runs.")
