"""How far a study is, live, and what can be done about it: stop, resume, add strategies or seeds."""

import streamlit as st

from mtldemo.study import StudyFolder, StudyStatus, run_name
from mtldemo.study.process import resume_study, stop_study
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import attempt, in_words, last_problem
from mtldemo.ui.words import STATE_BADGES, count, duration

REFRESH = 2.0
"""Seconds between two looks at a study at work."""
BADGES = {
    "new": ("Not begun", "gray", ":material/hourglass_empty:"),
    **{state: STATE_BADGES[state] for state in ("queued", "preparing", "stopped", "crashed", "finished")},
    "running": ("Running", "blue", ":material/play_circle:"),
    "stopping": ("Stopping", "orange", ":material/pause_circle:"),
    "failed": ("Not all finished", "red", ":material/error:"),
}
"""A study's state -> its words, badge colour and icon."""


def study_progress(study: StudyFolder) -> None:
    """A card with how far the study is; nothing for one that is finished or comes with the project."""
    last_problem()
    if study.readonly:
        return
    drawn = study.status()
    if drawn.state == "finished":
        return

    # Only a study at work is looked at again and again.
    @st.fragment(run_every=REFRESH if drawn.live else None)
    def live() -> None:
        with in_words():
            status = study.status()
            if (status.state, status.finished, status.failed) != (drawn.state, drawn.finished, drawn.failed):
                # Results and buttons around this part belong to the new state.
                st.rerun()
            _card(study, status)

    live()


def _card(study: StudyFolder, status: StudyStatus) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            with st.container(horizontal=True, vertical_alignment="center", width="content", gap="medium"):
                words, colour, icon = BADGES[status.state]
                st.badge(words, color=colour, icon=icon)  # type: ignore[arg-type]
                st.markdown(_facts(status), width="content")
            _buttons(study, status)
        phase = status.progress
        if status.live and phase is not None and phase.total:
            share = min(1.0, phase.done / phase.total)
            st.progress(share, text=f"{plain(phase.what)} · {phase.done:,} of {phase.total:,}")
        elif status.live and phase is not None:
            st.progress(0.0, text=plain(phase.what))
        elif status.total:
            st.progress(min(1.0, status.finished / status.total))
        if status.running:
            st.caption(f"At work: {plain(', '.join(_at_work(study, status)))}.")
        if status.message:
            st.caption(plain(status.message))
        if status.state in ("failed", "crashed"):
            tail = study.log_tail(12)
            if tail:
                with st.expander("The end of its log", icon=":material/article:"):
                    st.code(tail, language=None, wrap_lines=True)


def _at_work(study: StudyFolder, status: StudyStatus) -> list[str]:
    """The runs at work as a person calls them: ``uncertainty (seed 0)``."""
    config = study.config()
    titles = {run_name(arm, seed): f"{arm.name} (seed {seed})" for arm in config.arms for seed in config.seeds}
    return [titles.get(name, name) for name in status.running]


def _facts(status: StudyStatus) -> str:
    facts = [f"**{status.finished}** of {count(status.total, 'run')} done"]
    if status.running:
        facts.append(f"**{len(status.running)}** running")
    if status.failed:
        facts.append(f"**{status.failed}** failed")
    if status.left:
        facts.append(f"**{status.left}** left")
    if status.live and status.eta_s is not None:
        facts.append(f"**{duration(status.eta_s)}** to go")
    return " · ".join(facts)


def _buttons(study: StudyFolder, status: StudyStatus) -> None:
    if status.live:
        stopping = study.stop_requested() or status.state == "stopping"
        st.button(
            "Stopping" if stopping else "Stop study",
            icon=":material/stop_circle:",
            key="compare.stop",
            disabled=stopping,
            on_click=attempt,
            args=(stop_study, study),
            help="The runs at work end after their current step; resuming goes on from there.",
        )
        return
    st.button(
        "Start" if status.state == "new" else "Resume",
        type="primary",
        icon=":material/resume:",
        key="compare.resume",
        on_click=attempt,
        args=(resume_study, study),
        help="Goes on with what is left; what is finished stays.",
    )
