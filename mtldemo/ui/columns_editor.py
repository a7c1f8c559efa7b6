"""What the columns of a manifest hold, as it was read: to look at and to change before the data set is prepared."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from mtldemo.config import DataConfig
from mtldemo.data.labels.base import FACES, WHOLE
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.column_tasks import ColumnSummary, sentence
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.tabular import ENDINGS
from mtldemo.data.labels.tasks_toml import FILE_NAME, to_toml
from mtldemo.errors import MtlDemoError, readable
from mtldemo.files import write_atomic
from mtldemo.predict.domain import pictures_of
from mtldemo.tasks import KINDS, Task, TaskSet
from mtldemo.ui.data_labels import choose_labels, labelled, read_anew
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words, problem
from mtldemo.ui.words import count

LEFT_OUT = "left out"
VERSION, DONE = "data:columns_version", "data:columns_done"
"""How often the table was made anew, and what was done just before that, in words."""
ORDER = ("Column", "Kind", "Title", "Classes", "Unit", "From", "To", "Means no label", "No label", "Examples", "Why")
FIXED = ("Column", "Examples", "No label", "Why")
"""Columns of the table that only say something."""


def columns_card(config: DataConfig, *, expanded: bool) -> None:
    """What the columns of the data set hold, what is unsure, and a table to change it in. Nothing for a data set whose
    labels stand in no columns. Raises ``MtlDemoError`` where its labels can't be read."""
    try:
        source = labelled(config)
    except MtlDemoError:
        # A choice of this session may not fit what lies on the disk by now; the way back stays.
        _reset_button(config)
        raise
    if source is None or not source.columns:
        return
    for summary in source.columns:
        if summary.question:
            st.warning(plain(summary.question), icon=":material/help:")
    title = f"What its {count(len(source.columns), 'column')} hold"
    with st.expander(title, icon=":material/view_column:", expanded=expanded):
        if done := st.session_state.pop(DONE, ""):
            st.success(plain(done), icon=":material/check_circle:")
        _what_pictures_are(config, source)
        _editor(config, source)
        _buttons(config, source)
        # What was made of each column stands in the table.
        columns = {sentence(summary) for summary in source.columns}
        others = [words for words in source.labels.notes.choices if words not in columns]
        if others:
            st.caption(plain(" ".join(others)))


def _what_pictures_are(config: DataConfig, source: LabelledSource) -> None:
    """The choice whether a model of these pictures is asked about faces or about whole pictures."""
    takes = pictures_of(source.labels.tasks, source.pictures)
    words = {FACES: "The faces in a picture", WHOLE: "The picture as a whole"}
    chosen = st.radio(
        "What a model of it is asked about",
        list(words),
        index=list(words).index(takes),
        format_func=words.__getitem__,
        horizontal=True,
        key=f"data.pictures:{config.source}:{st.session_state.get(VERSION, 0)}",
        help="Predict looks for faces first, or takes the middle square of each picture.",
    )
    if chosen != takes:
        choose_labels(config.source, {**config.labels, "pictures": chosen})
        st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1
        st.rerun()


def editor_rows(columns: tuple[ColumnSummary, ...], tasks: TaskSet) -> list[dict[str, Any]]:
    """A row for each column, as the table shows it."""
    rows = []
    for summary in columns:
        task = tasks.named(summary.tasks[0]) if len(summary.tasks) == 1 else None
        choice = summary.choice
        examples = ", ".join(f"{value} ({times:,} x)" for value, times in list(summary.counts.items())[:6])
        rows.append(
            {
                "Column": summary.name,
                "Kind": summary.kind or LEFT_OUT,
                "Examples": examples,
                "No label": summary.missing,
                "Title": task.title if task else choice.title,
                "Classes": list(task.classes) if task else [],
                "Unit": task.unit if task else choice.unit,
                "From": task.low if task and not task.classes else None,
                "To": task.high if task and not task.classes else None,
                "Means no label": list(choice.missing or ()),
                "Why": summary.reason,
            }
        )
    return rows


def changed_choices(
    before: list[dict[str, Any]], after: list[dict[str, Any]], columns: tuple[ColumnSummary, ...], choices: TaskChoices
) -> TaskChoices:
    """``choices`` with what differs between the table's rows ``before`` and ``after``. A column that was changed is as
    its row says, whatever a ``tasks.toml`` says of it."""
    chosen = dict(choices.columns)
    for old, new, summary in zip(before, after, columns, strict=True):
        values = _changes(old, new, summary)
        if values:
            chosen[summary.key] = dataclasses.replace(summary.choice, **values, replaces=True)
    return dataclasses.replace(choices, columns=chosen)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], summary: ColumnSummary) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if new["Kind"] != old["Kind"]:
        chosen = new["Kind"] if new["Kind"] in [kind.name for kind in KINDS] else ""
        values |= {"left_out": new["Kind"] == LEFT_OUT, "kind": chosen}
        if not chosen and new["Kind"] != LEFT_OUT:
            if not any("|" in value for value in summary.counts):
                raise MtlDemoError(f"{summary.name} can't be {new['Kind']}: none of its cells is divided by |.")
            values |= {"classes": (), "values": (), "names": {}}
    if new["Classes"] != old["Classes"]:
        of_classes = _values_of(old["Classes"], new["Classes"], summary)
        values |= {"values": of_classes, "classes": tuple(new["Classes"]), "names": {}}
    for name, heading in (("title", "Title"), ("unit", "Unit"), ("low", "From"), ("high", "To")):
        if new[heading] != old[heading]:
            values[name] = new[heading] if name in ("low", "high") else new[heading] or ""
    if new["Means no label"] != old["Means no label"]:
        values["missing"] = tuple(new["Means no label"]) or None
    return values


def _values_of(old: list[str], new: list[str], summary: ColumnSummary) -> tuple[str, ...]:
    """The column's value for each class of ``new``: that of the class of this name and, for a name that is new, of the
    next class whose name is gone, which it takes the place of. A class beyond these is a value of this name."""
    if len(summary.values) != len(old):
        return ()
    value_of = dict(zip(old, summary.values, strict=True))
    renamed = iter([value_of[name] for name in old if name not in new])
    return tuple(value_of[name] if name in value_of else next(renamed, name) for name in new)


def _editor(config: DataConfig, source: LabelledSource) -> None:
    import pandas as pd

    choices = TaskChoices.from_dict(config.labels)
    before = editor_rows(source.columns, source.labels.tasks)
    version = st.session_state.get(VERSION, 0)
    kinds = [*dict.fromkeys([*(kind.name for kind in KINDS), *(row["Kind"] for row in before), LEFT_OUT])]
    with st.form(f"data.columns:{config.source}:{version}", border=False):
        edited = st.data_editor(
            pd.DataFrame(before),
            hide_index=True,
            disabled=list(FIXED),
            placeholder="",
            # What can be changed comes first and needs no scrolling; the rest says why it is as it is.
            column_order=ORDER,
            column_config={
                "Column": st.column_config.TextColumn(pinned=True),
                "Kind": st.column_config.SelectboxColumn(options=kinds, required=True, width="small"),
                "Unit": st.column_config.TextColumn(width=70),
                "Classes": st.column_config.ListColumn(
                    width="medium",
                    help="Their names, in the order of their numbers: write rose in place of 0 to name it.",
                ),
                "From": st.column_config.NumberColumn(help="The least that an answer can be.", width=80),
                "To": st.column_config.NumberColumn(help="The most that an answer can be.", width=80),
                "Means no label": st.column_config.ListColumn(
                    width="small",
                    help="Values that stand for no label, beside empty cells, such as -1. Without any it is what "
                    "always does, such as nan.",
                ),
            },
            key=f"data.columns_table:{config.source}:{version}",
            alt="What each column holds",
        )
        if st.form_submit_button("Read the columns so", icon=":material/check:"):
            _choose(config, source, choices, before, _plain_rows(edited))


def _choose(
    config: DataConfig,
    source: LabelledSource,
    choices: TaskChoices,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
) -> None:
    try:
        chosen = changed_choices(before, after, source.columns, choices).to_dict()
        # What can't be read so is said before it takes the place of what can.
        labelled(dataclasses.replace(config, labels=chosen))
    except MtlDemoError as error:
        problem(error)
        return
    choose_labels(config.source, chosen)
    same = chosen == choices.to_dict()
    _again("Nothing was changed in the table." if same else "The columns are read so from now on, in this session.")


def _again(done: str) -> None:
    """Draw the table anew and say what was ``done``."""
    st.session_state[DONE] = done
    st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1
    st.rerun()


def _plain_rows(edited: Any) -> list[dict[str, Any]]:
    """The table's rows with lists for lists and None for what is empty."""
    rows = []
    for row in edited.to_dict("records"):
        plain_row = {
            name: None if isinstance(value, float) and value != value else value for name, value in row.items()
        }
        for name in ("Classes", "Means no label"):
            value: Any = plain_row[name]
            plain_row[name] = [] if value is None else [str(item) for item in value]
        rows.append(plain_row)
    return rows


def _buttons(config: DataConfig, source: LabelledSource) -> None:
    path = Path(config.source)
    home = path if path.is_dir() else path.parent
    # A list of labels lies in a folder, which can be written into.
    archive = path.is_file() and not path.name.lower().endswith(ENDINGS)
    with st.container(horizontal=True, vertical_alignment="center"):
        _reset_button(config)
        verb = "Rewrite" if (home / FILE_NAME).exists() and not archive else "Write"
        if st.button(
            f"{verb} {FILE_NAME}",
            icon=":material/save:",
            key="data.columns_write",
            disabled=archive,
            help="An archive can't be written into; unpack it first."
            if archive
            else f"Keeps what the columns mean in {FILE_NAME} beside the manifest, for every run that reads it.",
        ):
            with in_words():
                file = write_choices(home, source, TaskChoices.from_dict(config.labels))
                choose_labels(config.source, {})
                read_anew()
                _again(f"Written to {readable(str(file))}; every run that reads this data set reads it, too.")
    if config.labels:
        st.caption(f"What you changed holds in this session; {FILE_NAME} keeps it.")


def _reset_button(config: DataConfig) -> None:
    """The way back from what was chosen in this session; nothing where nothing was."""
    if config.labels and st.button("Read them as they are", icon=":material/undo:", key="data.columns_reset"):
        choose_labels(config.source, {})
        _again("The columns are read as they are.")


def write_choices(folder: Path, source: LabelledSource, choices: TaskChoices) -> Path:
    """Write what the columns mean into a ``tasks.toml`` in ``folder``; returns the file. Raises ``MtlDemoError`` where
    the disk refuses."""
    file = folder / FILE_NAME
    settled: TaskChoices = getattr(source.labels, "choices", choices)
    columns: dict[str, ColumnChoice] = {}
    tasks: dict[str, Task] = {}
    for summary in source.columns:
        choice = dataclasses.replace(summary.choice, replaces=False)
        if len(summary.tasks) == 1:
            task = tasks[summary.key] = source.labels.tasks.named(summary.tasks[0])
            if len(summary.values) == len(task.classes) and summary.values != task.classes:
                # Which value of the column each class with a name of its own stands for.
                choice = dataclasses.replace(choice, values=summary.values, names={})
        if choice != ColumnChoice():
            columns[summary.key] = choice
    write_atomic(file, to_toml(dataclasses.replace(settled, columns=columns), tasks).encode())
    return file
