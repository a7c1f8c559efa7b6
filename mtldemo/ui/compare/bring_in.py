"""Bring in runs and studies from elsewhere."""

from pathlib import Path

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.paths import as_path
from mtldemo.ui.compare.address import show_runs, show_study
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import problem

UPLOAD_MB = 400
CAME = "compare:came"


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
