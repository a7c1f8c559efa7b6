"""Pictures of a data set with their labels: a sample that can be filtered, arranged and drawn anew, and groups of
look-alikes."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from mtldemo.data.duplicates import quarrel_column
from mtldemo.data.split import SPLITS
from mtldemo.tasks import REGRESSION, Task, TaskSet
from mtldemo.tasks.bands import whole
from mtldemo.ui.distinct import distinct
from mtldemo.ui.plain import plain

if TYPE_CHECKING:
    import pandas as pd

    from mtldemo.data import Dataset

SHOWN = 24
SHOWN_GROUPS = 9
MOST_FILTERS = 6
"""So many tasks have a filter in sight, and so many labels stand under a picture; of more they are chosen."""
MOST_PILLS = 8
MOST_ROWS, IN_A_ROW = 8, 6
"""Of a sample that is arranged by a task: classes, the most frequent ones, and pictures of each."""
QUANTILES = ("lowest", "second", "third", "highest")
THUMBNAIL = 104
"""Smallest width of a picture in the wall, in pixels."""


def label_words(row: Any, tasks: TaskSet) -> str:
    """A picture's labels in one line, such as ``34 years · female · Asian``; a missing one is a dash. Of many tasks it
    is what is known and isn't a plain no."""
    if len(tasks) <= MOST_FILTERS:
        return " · ".join(_one_label(task, row[task.name]) for task in tasks)
    parts = []
    for task in tasks:
        value = row[task.name]
        if np.isfinite(value) and not (len(task.classes) == 2 and value == 0):
            yes = len(task.classes) == 2 and task.classes[1].lower() in ("yes", "1", "true")
            parts.append(task.title if yes else f"{task.title} {_one_label(task, value)}")
    more = f" and {len(parts) - MOST_FILTERS} more" if len(parts) > MOST_FILTERS else ""
    return (" · ".join(parts[:MOST_FILTERS]) + more) or "—"


def picture_sample(dataset: "Dataset") -> None:
    """A wall of sampled pictures with their labels, with filters, an arrangement and a button for other ones."""
    table, tasks = dataset.table, dataset.tasks
    key = f"sample:{dataset.key}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        keep = _filters(table, tasks) & table["split"].isin(SPLITS).to_numpy()
        titles = {"": "Nothing, at random"} | {task.name: task.title for task in tasks}
        arranged = st.selectbox(
            "Arrange by",
            list(titles),
            format_func=distinct(titles, titles.__getitem__),
            key=f"{key}:arranged",
            width=200,
        )
        if st.button("Other pictures", icon=":material/shuffle:", key="sample.other"):
            st.session_state[key] = st.session_state.get(key, 0) + 1
    matching = np.flatnonzero(keep)
    if not len(matching):
        st.info("No picture has these labels. Widen the filters.", icon=":material/filter_alt_off:")
        return
    shuffled = np.random.default_rng(st.session_state.get(key, 0)).permutation(matching)
    if arranged:
        _arranged(dataset, tasks.named(arranged), shuffled)
        return
    st.caption(f"{min(SHOWN, len(shuffled))} of {len(shuffled):,} pictures with these labels, chosen at random.")
    picture_wall(dataset, shuffled[:SHOWN])


def picture_wall(dataset: "Dataset", indices: "np.ndarray") -> None:
    """The pictures at ``indices`` side by side, each with its labels."""
    with st.grid("auto", min_column_width=THUMBNAIL, gap="small"):
        for index in indices:
            words = label_words(dataset.table.iloc[int(index)], dataset.tasks)
            st.image(dataset.pixels[int(index)], caption=plain(words), width="stretch", alt=f"Picture labelled {words}")


def label_groups(values: "np.ndarray", task: Task) -> list[tuple[str, "np.ndarray"]]:
    """The places in ``values`` [N] of each class of ``task``, the most frequent first, or of each quarter of a
    regression's labels from the lowest up; each with its heading. Missing labels are in none."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return []
    if task.kind != REGRESSION:
        counts = np.bincount(values[known].astype(np.int64), minlength=len(task.classes))
        order = [int(index) for index in np.argsort(-counts, kind="stable") if counts[index]]
        return [(task.classes[index], known[values[known] == index]) for index in order]
    edges = np.quantile(values[known], np.linspace(0, 1, len(QUANTILES) + 1))
    quarter = np.searchsorted(edges[1:-1], values[known], side="left")
    return [
        (
            f"{word} quarter, {edges[rank]:,.4g} to {edges[rank + 1]:,.4g} {task.unit}".rstrip(),
            known[quarter == rank],
        )
        for rank, word in enumerate(QUANTILES)
        if (quarter == rank).any()
    ]


def duplicate_groups(dataset: "Dataset") -> None:
    """The groups whose labels disagree most, with their pictures."""
    groups, tasks = dataset.duplicates, dataset.tasks
    # A class that differs counts as much as a sixth of a regression's range.
    quarrel = sum(
        groups[quarrel_column(task)].fillna(0).astype(float)
        * (6 / (task.high - task.low) if task.kind == REGRESSION else 1)
        for task in tasks
    )
    order = groups.assign(quarrel=quarrel).sort_values(["quarrel", "pictures"], ascending=False)
    with st.grid(3, min_column_width=280, gap="medium"):
        for row in order.head(SHOWN_GROUPS).to_dict("records"):
            shown = (dataset.table["group"] == row["group"]) & dataset.table["split"].isin(SPLITS)
            members = np.flatnonzero(shown.to_numpy())[:8]
            with st.container(border=True, height="stretch"):
                kind = "identical" if row["identical"] else "near-identical"
                st.markdown(f"**{row['pictures']} {kind} pictures**")
                words = disagreement(row, tasks)
                st.caption(plain(words[:1].upper() + words[1:]))
                picture_wall(dataset, members)


def disagreement(row: Mapping[Any, Any], tasks: TaskSet) -> str:
    """How far the labels of a group of look-alikes disagree, in words."""
    parts = []
    for task in tasks:
        amount = row[quarrel_column(task)]
        if task.kind == REGRESSION and amount > 0:
            parts.append(f"{task.in_sentence} {amount:,.4g} {task.unit}".rstrip() + " apart")
        elif task.kind != REGRESSION and amount:
            parts.append(task.in_sentence)
    more = f" and {len(parts) - MOST_FILTERS} more" if len(parts) > MOST_FILTERS else ""
    return f"labels disagree: {', '.join(parts[:MOST_FILTERS])}{more}" if parts else "labels agree"


def _arranged(dataset: "Dataset", task: Task, shuffled: "np.ndarray") -> None:
    groups = label_groups(dataset.table[task.name].to_numpy()[shuffled], task)
    if not groups:
        st.info("None of these pictures has a label for this task.", icon=":material/label_off:")
        return
    for heading, rows_of_group in groups[:MOST_ROWS]:
        st.markdown(f"**{plain(heading)}** · {len(rows_of_group):,} pictures")
        picture_wall(dataset, shuffled[rows_of_group[:IN_A_ROW]])
    if len(groups) > MOST_ROWS:
        st.caption(f"The {MOST_ROWS} most frequent of {len(groups)} classes; filter by a class to see another one.")


def _filters(table: "pd.DataFrame", tasks: TaskSet) -> "np.ndarray":
    keep = np.ones(len(table), dtype=bool)
    filtered = list(tasks)
    if len(tasks) > MOST_FILTERS:
        titles = {task.name: task.title for task in tasks}
        names = st.multiselect(
            "Filter by",
            list(titles),
            format_func=distinct(titles, titles.__getitem__),
            max_selections=MOST_FILTERS,
            placeholder="Choose tasks",
            select_all=False,
            key="sample.filters",
            width=320,
        )
        filtered = [task for task in tasks if task.name in names]
    for task in filtered:
        keep &= _filter(table[task.name].to_numpy(dtype=float), task)
    return keep


def _filter(values: "np.ndarray", task: Task) -> "np.ndarray":
    """Which of ``values`` [N] (bool) the widget of ``task`` lets through; all of them while it isn't used."""
    everything = np.ones(len(values), dtype=bool)
    # Another data set may have a task of this name with other classes or another range.
    key = f"sample.{task.name}.{len(task.classes)}.{task.low:g}.{task.high:g}"
    if task.kind != REGRESSION:
        draw = st.pills if len(task.classes) <= MOST_PILLS else st.multiselect
        options = {"selection_mode": "multi"} if draw is st.pills else {"select_all": False, "width": 260}
        chosen: Any = draw(plain(task.title), task.classes, key=key, format_func=plain, **options)  # type: ignore[operator]
        return np.isin(values, [task.classes.index(name) for name in chosen]) if chosen else everything
    known = values[np.isfinite(values)]
    if not len(known) or known.min() == known.max():
        return everything
    label = f"{plain(task.title)} ({plain(task.unit)})" if task.unit else plain(task.title)
    low, high = float(known.min()), float(known.max())
    first: float
    last: float
    if whole(task):
        low, high = math.floor(low), math.ceil(high)
        first, last = st.slider(label, low, high, (low, high), key=key, width=200)
    else:
        step = (high - low) / 100
        first, last = st.slider(label, low, high, (low, high), step, key=key, format="%.4g", width=200)
    return everything if (first, last) == (low, high) else (values >= first) & (values <= last)


def _one_label(task: Task, value: float) -> str:
    if not np.isfinite(value):
        return "—"
    if task.kind != REGRESSION:
        return task.classes[int(value)]
    return f"{value:,.0f}" if whole(task) else f"{value:,.4g}"
