"""What is done to studies as a whole: add strategies or seeds, bring one in, rename, note or delete it."""

from pathlib import Path

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.paths import as_path
from mtldemo.runs import notes
from mtldemo.settings import Setting, SettingField
from mtldemo.study import StudyFolder
from mtldemo.study.config import sharings_of, single_arms
from mtldemo.study.process import resume_study
from mtldemo.ui.compare.address import call_study, forget_study, show_runs, show_study
from mtldemo.ui.compare.arm_settings import crossed, own_settings
from mtldemo.ui.compare.new_study import cost_words
from mtldemo.ui.compare.progress import attempt
from mtldemo.ui.compare.run_note import note_fields, shown_note
from mtldemo.ui.forms import ConfigForm
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words, problem
from mtldemo.ui.strategy_words import entries
from mtldemo.ui.trash import to_trash, told_trash

MORE = "compare.more"


UPLOAD_MB = 400
CAME = "compare:came"
READONLY = (
    "It comes with the project: it can be looked at and shared, but not renamed, noted, added to or deleted. "
    "**New study** starts one of your own."
)


def extend_study(study: StudyFolder) -> None:
    """A menu that adds strategies or seeds, and goes on with the study."""
    menu = st.popover("Add", icon=":material/add:", key="compare.extend", on_change="rerun")
    if not menu.open:
        return
    with menu:
        config = study.config()
        there = {arm.weighting.strategy for arm in config.arms if not arm.tasks}
        titles = {
            entry.name: cost_words(entry) + (" · in it already" if entry.name in there else "") for entry in entries()
        }
        names = st.multiselect(
            "Strategies",
            list(titles),
            format_func=titles.__getitem__,
            key="compare.more_strategies",
            placeholder="None",
            width=420,
        )
        form = ConfigForm(MORE, config.base)
        wanted = own_settings(MORE, names, config.base.tasks, form.errors)
        declared = SettingField("seeds", int, None, 0, Setting("More seeds", low=0, high=10))
        seeds = form.ask(declared, "compare.more_seeds")
        alone = False
        if not any(arm.tasks for arm in config.arms) and len(config.base.tasks) > 1:
            alone = st.toggle("Also train each task alone", key="compare.more_alone")

        def add() -> None:
            arms = [*crossed(wanted, sharings_of(config), config.base), *(single_arms(config.base) if alone else ())]
            first = max(config.seeds) + 1
            study.extend(arms, range(first, first + int(seeds)))
            if not study.status().live:
                resume_study(study)

        st.button(
            "Add and go on",
            type="primary",
            icon=":material/play_arrow:",
            key="compare.add",
            on_click=attempt,
            args=(add,),
            disabled=bool(form.errors) or (not names and not seeds and not alone),
            help="What is finished stays; only what is new is trained.",
        )


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


def told_import() -> None:
    """What the last import brought, once."""
    came = st.session_state.pop(CAME, None)
    if came:
        names, remarks = came
        st.success("  \n".join(map(plain, [f"Imported {', '.join(names)}.", *remarks])), icon=":material/check_circle:")


def _import(path: str, upload, runs_dir: Path) -> None:
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
    st.session_state[CAME] = ([item.name for item in (*came.studies, *came.runs)], list(came.remarks))
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
