"""Pick or add a data set, and prepare it in a process of its own with progress and a way to stop."""

from collections.abc import Callable

import streamlit as st

from mtldemo import data
from mtldemo.config import DataConfig, RunConfig
from mtldemo.data.labels.recognise import format_titles
from mtldemo.errors import MtlDemoError, readable
from mtldemo.preparation import Preparation, PreparationJob
from mtldemo.titles import source_title
from mtldemo.ui.data_labels import chosen_labels
from mtldemo.ui.form_parts import choose_source
from mtldemo.ui.forms import ConfigForm
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words, problem
from mtldemo.ui.words import duration

REFRESH = 0.7
"""Seconds between two looks at a preparation."""
ARCHIVES = ("zip", "tar", "gz", "tgz")
UPLOAD_MB = 2048
BUILT_IN = ("images", "age_noise", "gender_noise", "ethnicity_noise", "difficulty", "draw_seed")
SPLIT = ("val_share", "test_share", "split_seed")
ADDED, TIMES_ADDED = "data:added", "data:times_added"


def chosen_data() -> tuple[DataConfig, list[str]]:
    """Draw the choice of a data set; returns its config and what is wrong with it, in words."""
    form = ConfigForm("data_form", RunConfig())
    added = st.session_state.pop(ADDED, None)
    if added is not None:
        st.session_state[form.key(("data", "source"))] = added
    source, size, more = st.columns([5, 2, 2], vertical_alignment="bottom")
    with source:
        chosen = choose_source(form)
    with size:
        form.draw("data", "image_size")
    # Under another key it is another popover, which is closed: what was added isn't hidden by the way to add it.
    times = st.session_state.get(TIMES_ADDED, 0)
    with more, st.popover("Add a data set", icon=":material/add:", width="stretch", key=f"data.more:{times}"):
        _add()
    if chosen != "synthetic":
        st.caption(plain(readable(chosen)))
    else:
        with st.expander("How the portraits are drawn", icon=":material/brush:"), st.grid(3, min_column_width=200):
            for name in BUILT_IN:
                form.draw("data", "synthetic", name)
    with st.expander("How they are split", icon=":material/call_split:"), st.grid(3, min_column_width=200):
        for name in SPLIT:
            form.draw("data", name)
    form.values[("data", "labels")] = chosen_labels(chosen)
    config, errors = form.result()
    return config.data, errors


def preparation(job: PreparationJob, seen: Preparation) -> None:
    """The button that prepares, or how far it is with a way to stop. Reruns the page when it has ended."""
    with st.container(border=True):
        if seen.state == "working":
            _watch(job)
            return
        if seen.state == "failed":
            problem(seen.message)
        elif seen.state == "stopped":
            st.caption("Stopped. Nothing half-prepared is kept.")
        st.markdown(
            f"**{plain(source_title(job.config.source))}** is not prepared at {job.config.image_size} px yet. "
            "Every picture is read, checked and resized once; after that each run starts at once."
        )
        if st.button("Prepare", type="primary", icon=":material/photo_library:", key="data.prepare"):
            with in_words():
                job.start()
                st.rerun()


@st.fragment(run_every=REFRESH)
def _watch(job: PreparationJob) -> None:
    seen = job.look()
    if seen.state != "working":
        st.rerun()
    left = f" · {duration(seen.eta_s)} left" if seen.eta_s is not None else ""
    of = f" · {seen.done:,} of {seen.total:,}" if seen.total else ""
    st.progress(seen.share, text=f"{plain(seen.what.capitalize())}{of}{left}")
    if st.button("Stop", icon=":material/stop_circle:", key="data.stop"):
        with in_words():
            job.stop()
        st.rerun()


def _add() -> None:
    st.markdown(
        "A folder of pictures with a list of their labels in it, such a list itself (`.csv`, `.tsv`, `.txt`, `.json`, "
        "`.jsonl` or `.parquet`), or an archive (`.zip`, `.tar` or `.tar.gz`). Without a list the labels are in "
        "the names, as in UTKFace's `34_1_0_20170103.jpg` (age, gender, ethnicity), or are the folders' names."
    )
    path = st.text_input("Path on this computer", placeholder="/home/me/flowers", key="data.path")
    if st.button("Add", type="primary", key="data.add", disabled=not path.strip()):
        _try_add(lambda: data.add_source(path))
    upload = st.file_uploader("Or upload an archive", type=list(ARCHIVES), max_upload_size=UPLOAD_MB, key="data.upload")
    st.caption(f"Labels are recognised as {format_titles()}.")
    if upload is not None and st.session_state.get("data:uploaded") != upload.file_id:
        st.session_state["data:uploaded"] = upload.file_id
        _try_add(lambda: data.add_upload(upload.name, upload))


def _try_add(add: Callable[[], str]) -> None:
    try:
        st.session_state[ADDED] = add()
        st.session_state[TIMES_ADDED] = st.session_state.get(TIMES_ADDED, 0) + 1
    except MtlDemoError as error:
        problem(error)
        return
    st.rerun()
