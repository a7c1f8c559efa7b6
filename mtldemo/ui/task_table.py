"""One value for each of many tasks, in one table in place of a widget each."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.settings import SettingField


def task_table(
    declared: SettingField,
    label: str,
    key: str,
    value: Any,
    choices: Any,
    show: Callable[[Any], str],
    tasks: Sequence[str],
) -> dict[str, Any]:
    """A table with a row a task, whose second column, ``label``, can be written in; a task left as it is by default has
    no entry. Raises ``MtlDemoError`` for a choice that a task doesn't have."""
    neutral = {task: choices[task][0] if choices is not None else (declared.item or str)(1) for task in tasks}
    setting = declared.setting
    if choices is not None:
        offered = list(dict.fromkeys(name for task in tasks for name in choices[task]))
        column = st.column_config.SelectboxColumn(options=offered, format_func=show, required=True)
    else:
        column = st.column_config.NumberColumn(min_value=setting.low, max_value=setting.high, required=True)
    edited = st.data_editor(
        {"Task": list(tasks), label: [value.get(task, neutral[task]) for task in tasks]},
        column_config={label: column},
        disabled=["Task"],
        hide_index=True,
        height=240,
        # The table is another one for other tasks, and its edits are by row.
        key=f"{key}.{hash((tuple(tasks), tuple(sorted(value.items()))))}",
        alt=label,
    )
    written = dict(zip(edited["Task"], edited[label], strict=True))
    for task, item in written.items():
        if choices is not None and item not in choices[task]:
            raise MtlDemoError(
                f"{declared.name}: {task} has no {show(item)}; choose from {', '.join(map(show, choices[task]))}."
            )
    return declared.check({task: item for task, item in written.items() if item != neutral[task]})
