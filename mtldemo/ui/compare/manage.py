"""What is done to a study as a whole: rename it, note something, tag it, throw it away and take that back."""

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.runs import notes
from mtldemo.study import StudyFolder
from mtldemo.ui.compare.address import call_study, forget_study, show_study
from mtldemo.ui.compare.progress import attempt
from mtldemo.ui.compare.run_note import note_fields, shown_note
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words
from mtldemo.ui.trash import to_trash, told_trash

READONLY = (
    "It comes with the project: it can be looked at and shared, but not renamed, noted, added to or deleted. "
    "**New study** starts one of your own."
)


def manage_study(study: StudyFolder) -> None:
    """A menu for a study of one's own; for one that comes with the project, what it says of itself."""
    if study.readonly:
        st.badge("Read-only", icon=":material/lock:", color="gray", help=READONLY)
        return
    menu = st.popover("Edit", icon=":material/edit:", key="compare.manage", on_change="rerun")
    if not menu.open:
        return
    with menu, in_words():
        kept = notes.read(study.path)
        name = f"compare.name:{study.path}"
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("Name", study.name, key=name, max_chars=60)
            st.button(
                "Rename",
                key="compare.rename",
                on_click=attempt,
                args=(lambda: call_study(study.rename(st.session_state[name]).name),),
            )
        note_fields(study.path, kept.text, kept.tags, what="study")
        st.divider()
        st.button(
            "Delete study",
            icon=":material/delete:",
            key="compare.delete",
            on_click=attempt,
            args=(_trash, study),
            help="Moves the study with all its runs to the trash; you can undo it.",
        )


def study_note(study: StudyFolder) -> None:
    """The study's note and tags, where it has some."""
    try:
        kept = notes.read(study.path)
    except MtlDemoError as error:
        st.caption(f":material/warning: {plain(error)}")
        return
    shown_note(kept.text, kept.tags)


def told_trashed() -> None:
    """The way back from the last deletion."""
    told_trash("compare", attempt, show_study)


def _trash(study: StudyFolder) -> None:
    to_trash("compare", study.name, study.path.parent, study.trash())
    forget_study()
