"""What a person does to a run: stop, resume, rename, delete and take that back. The run shown is the one in the URL."""

import streamlit as st

from mtldemo import launch, runs, study
from mtldemo.runs import RunFolder, default_runs_dir
from mtldemo.study import StudyFolder
from mtldemo.ui.addresses import COMPARE_PAGE, RUN, STUDY
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import attempt, last_problem
from mtldemo.ui.trash import to_trash, told_trash


def shown_run() -> str | None:
    """The name of the run in the URL."""
    return st.query_params.get(RUN)


def shown_study() -> StudyFolder | None:
    """The study in the URL whose runs are looked at. Raises ``MtlDemoError`` where there is none of that name."""
    name = st.query_params.get(STUDY)
    return None if name is None else study.open_study(default_runs_dir(), name)


def show_run_named(name: str | None) -> None:
    """Put a run in the URL, or none for a new one; the page shows it from the next rerun on."""
    if name is None:
        st.query_params.pop(RUN, None)
        st.query_params.pop(STUDY, None)
    else:
        st.query_params[RUN] = name


def study_line(shown: StudyFolder) -> None:
    """Says which study the run is part of, with the way back to it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"A run of the study **{plain(shown.name)}**", width="content")
        st.page_link(
            COMPARE_PAGE, label="Back to the study", icon=":material/compare_arrows:", query_params={STUDY: shown.name}
        )


def run_picker(all_runs: list[RunFolder]) -> None:
    """A list of all runs (of the study in the URL, if there is one) and a button for a new one."""
    names = [run.name for run in all_runs]
    # The URL is what counts: the list only shows it, so that a refresh and another browser see the same run.
    st.session_state["train.picker"] = shown_run() if shown_run() in names else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Run",
            names,
            index=None,
            key="train.picker",
            placeholder="Choose a run to look at" if names else "No runs yet",
            on_change=lambda: show_run_named(st.session_state["train.picker"]),
            disabled=not names,
            label_visibility="collapsed",
        )
        st.button(
            "New run",
            icon=":material/add:",
            key="train.new",
            on_click=show_run_named,
            args=(None,),
            disabled=shown_run() is None,
        )


def run_controls(run: RunFolder, state: str, live: bool, shown: StudyFolder | None = None) -> None:
    """The buttons that fit the run's state. A run of a study keeps its name, one that came with the project is only
    looked at."""
    if shown is not None and shown.readonly:
        st.badge("Comes with the project", icon=":material/lock:", color="gray")
        return
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        if live:
            stopping = run.stop_requested()
            st.button(
                "Stopping" if stopping else "Stop run",
                icon=":material/stop_circle:",
                key="train.stop",
                disabled=stopping,
                on_click=attempt,
                args=(launch.stop, run),
                help="Ends after the current step and keeps a checkpoint to go on from.",
            )
            return
        if state != "finished":
            st.button(
                "Resume",
                type="primary",
                icon=":material/resume:",
                key="train.resume",
                on_click=attempt,
                args=(launch.resume, run),
                help="Goes on from the last checkpoint.",
            )
        if shown is None:
            with st.popover("Rename", icon=":material/edit:"):
                st.text_input("New name", value=run.name, key=f"train.name.{run.name}")
                st.button("Rename", key="train.rename", type="primary", on_click=attempt, args=(_rename, run))
        st.button(
            "Delete",
            icon=":material/delete:",
            key="train.delete",
            on_click=attempt,
            args=(_trash, run),
            help="Moves the run to the trash; you can undo it.",
        )


def last_click() -> None:
    """What went wrong with the last click, and the way back from a deletion."""
    last_problem()
    told_trash("train", attempt, show_run_named)


def _rename(run: RunFolder) -> None:
    show_run_named(runs.rename(run, st.session_state[f"train.name.{run.name}"]).name)


def _trash(run: RunFolder) -> None:
    to_trash("train", run.name, run.runs_dir, runs.trash(run))
    show_run_named(None)
