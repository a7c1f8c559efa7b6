"""What is known of a data set's labels before it is prepared, and what a person chose about them in this session."""

from typing import Any

import streamlit as st

from mtldemo.config import DataConfig
from mtldemo.data import loading
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.tasks_toml import FILE_NAME
from mtldemo.data.source import SYNTHETIC
from mtldemo.paths import as_path
from mtldemo.tasks import TaskSet

CHOSEN = "data:labels"
FRESH = 60.0
"""Seconds for which labels that were read are taken for what lies on the disk."""


def chosen_labels(source: str) -> dict[str, Any]:
    """What was chosen in this session for the data set ``source``, as ``DataConfig.labels``."""
    return st.session_state.get(CHOSEN, {}).get(source, {})


def choose_labels(source: str, labels: dict[str, Any]) -> None:
    """Remember ``labels`` for the data set ``source``, on every page of this session; none forgets them."""
    others = {name: chosen for name, chosen in st.session_state.get(CHOSEN, {}).items() if name != source}
    st.session_state[CHOSEN] = {**others, source: labels} if labels else others


def labelled(config: DataConfig) -> LabelledSource | None:
    """The pictures and labels that ``config`` names, remembered for a while; None for the built-in set, which isn't
    drawn for it. Raises ``MtlDemoError`` where they can't be read."""
    if config.source == SYNTHETIC:
        return None
    return _labelled(DataConfig(source=config.source, labels=config.labels), _versions(config.source))


def labelled_tasks(config: DataConfig) -> TaskSet:
    """The tasks that the data set has labels for. Raises ``MtlDemoError`` where they can't be read."""
    labels = labelled(config)
    return loading.source_tasks(config) if labels is None else labels.labels.tasks


def read_anew() -> None:
    """Forget what was read: something on the disk has changed."""
    _labelled.clear()


# By its representation, since Streamlit can't hash a path that isn't UTF-8.
@st.cache_resource(max_entries=4, ttl=FRESH, show_spinner="Reading the labels", hash_funcs={DataConfig: repr})
def _labelled(config: DataConfig, versions: tuple[int, ...]) -> LabelledSource:
    return loading.open_labelled(config)


def _versions(source: str) -> tuple[int, ...]:
    """When the data set's folder or file and its ``tasks.toml`` were written last, in ns; 0 for what isn't there. What
    a person changes in them is seen at once, and isn't written over."""
    path = as_path(source)
    times = []
    for file in (path, path / FILE_NAME, path.parent / FILE_NAME):
        try:
            times.append(file.stat().st_mtime_ns)
        except (OSError, ValueError):
            times.append(0)
    return tuple(times)
