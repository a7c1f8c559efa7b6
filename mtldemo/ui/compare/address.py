"""What is compared is in the page's address: a study, chosen runs of it or of all, or the form of a new study.

Widgets with plain names for keys (``view``, ``baseline``, ``x`` ...) are bound to the address by Streamlit.
"""

from collections.abc import Sequence

import streamlit as st

from mtldemo.ui.addresses import STUDY

RUNS, NEW = "runs", "new"
BASELINE, ARMS, FRONT, TASKS = "baseline", "arms", "front", "tasks"
"""Names of widgets whose choices belong to one study."""


def wanted_study() -> str | None:
    """The study that the address names."""
    return st.query_params.get(STUDY)


def wanted_runs() -> list[str] | None:
    """The runs that the address names, of the study in it or of all runs; empty before any is chosen, None where the
    address says nothing of runs."""
    if RUNS not in st.query_params:
        return None
    return [name for name in st.query_params.get_all(RUNS) if name]


def wants_new() -> bool:
    """Whether the address asks for the form of a new study."""
    return NEW in st.query_params


def show_study(name: str) -> None:
    """Put a study into the address; the page shows it from the next rerun on."""
    if wanted_study() != name:
        forget_view()
    for other in (RUNS, NEW):
        st.query_params.pop(other, None)
    st.query_params[STUDY] = name


def show_runs(names: Sequence[str], *, of_study: bool = False) -> None:
    """Put chosen runs into the address: of the study in it, which without names is whole again, or of all runs."""
    forget_view()
    st.query_params.pop(NEW, None)
    if not of_study:
        st.query_params.pop(STUDY, None)
    if of_study and not names:
        st.query_params.pop(RUNS, None)
    else:
        st.query_params[RUNS] = list(names) or [""]


def show_form() -> None:
    """Ask for the form of a new study."""
    for other in (STUDY, RUNS):
        st.query_params.pop(other, None)
    st.query_params[NEW] = "study"


def call_study(name: str) -> None:
    """The study in the address has another name now; the view stays."""
    st.query_params[STUDY] = name


def forget_study() -> None:
    """The study in the address is gone; the page shows another one."""
    forget_view()
    for key in (STUDY, RUNS, NEW):
        st.query_params.pop(key, None)


def forget_view() -> None:
    """Another study has other arms and tasks: what was picked among the last one's is let go."""
    for key in (BASELINE, ARMS, FRONT, TASKS):
        st.session_state.pop(key, None)
