"""Faces of a data set with their labels: a sample that can be filtered and drawn anew, and groups of look-alikes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from mtldemo.data.split import COPY
from mtldemo.tasks import REGRESSION, TASKS, Task

if TYPE_CHECKING:
    import pandas as pd

    from mtldemo.data import Dataset

SHOWN_FACES = 24
SHOWN_GROUPS = 9
THUMBNAIL = 104
"""Smallest width of a face in the wall, in pixels."""


def label_words(row: Any) -> str:
    """A picture's labels in one line, such as ``34 years · female · Asian``; a missing one is a dash."""
    return " · ".join(_one_label(task, getattr(row, task.name)) for task in TASKS)


def face_sample(dataset: "Dataset") -> None:
    """A wall of sampled faces with their labels, with filters and a button for other ones."""
    table = dataset.table
    key = f"faces:{dataset.key}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        keep = _filters(table) & (table["split"] != COPY).to_numpy()
        if st.button("Other faces", icon=":material/shuffle:", key="faces.other"):
            st.session_state[key] = st.session_state.get(key, 0) + 1
    found = np.flatnonzero(keep)
    if not len(found):
        st.info("No picture has these labels. Widen the filters.", icon=":material/filter_alt_off:")
        return
    chosen = np.random.default_rng(st.session_state.get(key, 0)).permutation(found)[:SHOWN_FACES]
    st.caption(f"{len(chosen)} of {len(found):,} pictures with these labels, chosen at random.")
    face_wall(dataset, chosen)


def face_wall(dataset: "Dataset", indices: "np.ndarray") -> None:
    """The pictures at ``indices`` side by side, each with its labels."""
    with st.grid("auto", min_column_width=THUMBNAIL, gap="small"):
        for index in indices:
            words = label_words(dataset.table.iloc[int(index)])
            st.image(dataset.pixels[int(index)], caption=words, width="stretch", alt=f"Face labelled {words}")


def duplicate_groups(dataset: "Dataset") -> None:
    """The groups whose labels disagree most, with their pictures."""
    groups = dataset.duplicates
    order = groups.assign(
        quarrel=groups["age_spread"].fillna(0)
        + 20 * groups["gender_disagrees"].astype(int)
        + 20 * groups["ethnicity_disagrees"].astype(int)
    ).sort_values(["quarrel", "pictures"], ascending=False)
    with st.grid(3, min_column_width=280, gap="medium"):
        for row in order.head(SHOWN_GROUPS).to_dict("records"):
            shown = (dataset.table["group"] == row["group"]) & (dataset.table["split"] != COPY)
            members = np.flatnonzero(shown.to_numpy())[:8]
            with st.container(border=True, height="stretch"):
                kind = "identical" if row["identical"] else "near-identical"
                st.markdown(f"**{row['pictures']} {kind} pictures**")
                st.caption(disagreement(row).capitalize())
                face_wall(dataset, members)


def disagreement(row: Mapping[Any, Any]) -> str:
    """How far the labels of a group of look-alikes disagree, in words."""
    parts = [f"ages {row['age_spread']:.0f} years apart"] if row["age_spread"] > 0 else []
    parts += [name for name in ("gender", "ethnicity") if row[f"{name}_disagrees"]]
    return f"labels disagree: {', '.join(parts)}" if parts else "labels agree"


def _filters(table: "pd.DataFrame") -> "np.ndarray":
    keep = np.ones(len(table), dtype=bool)
    for task in TASKS:
        values = table[task.name].to_numpy()
        if task.kind == REGRESSION:
            known = values[np.isfinite(values)]
            if not len(known):
                continue
            low, high = int(known.min()), int(np.ceil(known.max()))
            if low == high:
                continue
            first, last = st.slider(f"{task.title} ({task.unit})", low, high, (low, high), width=200)
            if (first, last) != (low, high):
                keep &= (values >= first) & (values <= last)
        else:
            chosen = st.pills(task.title, task.classes, selection_mode="multi", key=f"faces.{task.name}")
            if chosen:
                keep &= np.isin(values, [task.classes.index(name) for name in chosen])
    return keep


def _one_label(task: Task, value: float) -> str:
    if not np.isfinite(value):
        return "—"
    return f"{value:.0f}" if task.kind == REGRESSION else task.classes[int(value)]
