"""The list of studies, and what is done to one as a whole: bring it in, rename, note or delete it."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mtldemo.errors import MtlDemoError
from mtldemo.paths import as_path
from mtldemo.runs import notes
from mtldemo.study import StudyFolder, list_studies
from mtldemo.ui.compare.selection import (
    call_study,
    forget_study,
    show_form,
    show_runs,
    show_study,
    wanted_runs,
    wanted_study,
    wants_new,
)
from mtldemo.ui.plain import plain, plain_badge
from mtldemo.ui.problems import attempt, in_words, problem
from mtldemo.ui.trash import to_trash, told_trash

PICKER = "compare.picker"
CHOSEN_RUNS = "\0runs"
"""Stands for runs that a person picks; no study can be called so."""
UPLOAD_MB = 400
IMPORTED = "compare:came"
READONLY = (
    "It comes with the project: it can be looked at and shared, but not renamed, noted, added to or deleted. "
    "**New study** starts one of your own."
)


def study_picker(runs_dir: Path) -> None:
    """The list of studies, the button for a new one, and the way to bring one in."""
    studies = {study.name: study for study in list_studies(runs_dir)}
    options = [*studies, CHOSEN_RUNS]
    # The address is what counts: the list only shows it, so that a refresh and another browser see the same.
    if wants_new():
        shown = None
    elif wanted_study() is None and wanted_runs() is not None:
        shown = CHOSEN_RUNS
    else:
        shown = wanted_study() or next(iter(studies), None)
    st.session_state[PICKER] = shown if shown in options else None

    def title(name: str) -> str:
        if name == CHOSEN_RUNS:
            return "Runs of my choice"
        return f"{name} (comes with the project)" if studies[name].readonly else name

    def pick() -> None:
        name = st.session_state[PICKER]
        if name == CHOSEN_RUNS:
            show_runs([])
        elif name is not None:
            show_study(name)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.selectbox(
            "Study",
            options,
            # Only a list that begins empty can be cleared, and there is nothing to clear.
            index=0 if shown in options else None,
            format_func=title,
            key=PICKER,
            placeholder="Choose a study",
            on_change=pick,
            label_visibility="collapsed",
            width=420,
        )
        st.button("New study", icon=":material/add:", key="compare.new", on_click=show_form, disabled=wants_new())
        bring_in(runs_dir)
        if shown in studies:
            manage_study(studies[shown])
    import_notice()
    trash_notice()


def bring_in(runs_dir: Path) -> None:
    """A menu that imports a folder or an archive; what came in is shown next."""
    menu = st.popover("Import", icon=":material/upload:", key="compare.bring_in", on_change="rerun")
    if not menu.open:
        return
    with menu:
        st.markdown("The folder of a run or a study, or a `.zip` of such folders, from here or another computer.")
        path = st.text_input("Path on this computer", placeholder="/home/me/runs/mine", key="compare.import_path")
        upload = st.file_uploader(
            "Or upload a .zip", type=["zip"], max_upload_size=UPLOAD_MB, key="compare.import_file"
        )
        ready = bool(path.strip()) or upload is not None
        if st.button("Import", type="primary", key="compare.import", disabled=not ready):
            _import(path, upload, runs_dir)


def import_notice() -> None:
    """What the last import brought, once."""
    came = st.session_state.pop(IMPORTED, None)
    if came:
        names, remarks = came
        st.success("  \n".join(map(plain, [f"Imported {', '.join(names)}.", *remarks])), icon=":material/check_circle:")


def _import(path: str, upload: UploadedFile | None, runs_dir: Path) -> None:
    from mtldemo.study.importing import import_runs

    try:
        with st.spinner("Checking and copying"):
            if upload is not None:
                came = import_runs(upload, runs_dir, name=upload.name)
            else:
                came = import_runs(as_path(path.strip()), runs_dir)
    except MtlDemoError as error:
        problem(error)
        return
    st.session_state[IMPORTED] = ([item.name for item in (*came.studies, *came.runs)], list(came.remarks))
    if came.studies:
        show_study(came.studies[0].name)
    else:
        show_runs([run.name for run in came.runs])
    st.rerun()


def manage_study(study: StudyFolder) -> None:
    """A menu for a study of one's own; for one that comes with the project, what it says of itself."""
    if study.readonly:
        st.badge("Read-only", icon=":material/lock:", color="gray", help=READONLY)
        return
    menu = st.popover("Edit", icon=":material/edit:", key="compare.manage", on_change="rerun")
    if not menu.open:
        return
    with menu, in_words():
        note = notes.read(study.path)
        name = f"compare.name:{study.path}"
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("Name", study.name, key=name, max_chars=60)
            st.button(
                "Rename",
                key="compare.rename",
                on_click=attempt,
                args=(lambda: call_study(study.rename(st.session_state[name]).name),),
            )
        note_fields(study.path, note.text, note.tags, what="study")
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
        note = notes.read(study.path)
    except MtlDemoError as error:
        st.caption(f":material/warning: {plain(error)}")
        return
    shown_note(note.text, note.tags)


def trash_notice() -> None:
    """The way back from the last deletion."""
    told_trash("compare", attempt, show_study)


def _trash(study: StudyFolder) -> None:
    to_trash("compare", study.name, study.path.parent, study.trash())
    forget_study()


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
    st.text_area("Note", text, key=note, height=90, placeholder=f"What you want to keep_click of this {what}")
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
