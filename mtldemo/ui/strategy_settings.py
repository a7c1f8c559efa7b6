"""The settings of the strategies that a person tries out, folded away."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from mtldemo.settings import settings_of
from mtldemo.ui.forms import setting_widget
from mtldemo.ui.strategy_words import entries
from mtldemo.weighting import strategy_named

COLUMNS = 3
ChangedOptions = dict[str, dict[str, Any]]
"""What was changed from its default, by strategy and setting; strategies without a change aren't in it."""


def changed_settings(part: str, names: Sequence[str], tasks: Sequence[str]) -> ChangedOptions:
    """Draw the settings of the strategies ``names`` for the ``part`` of the page, ``tasks`` being the names of its
    tasks; returns those changed. Raises ``MtlDemoError`` for a text that can't be read."""
    changed: ChangedOptions = {}
    offered = [entry for entry in entries() if entry.name in names and entry.settings]
    if not offered:
        return changed
    with st.expander("Settings of these strategies", icon=":material/tune:", key=f"play.{part}.settings"):
        for entry in offered:
            st.markdown(f"**{entry.title}**")
            declared = settings_of(strategy_named(entry.name))
            wide = any(field.kind is dict for field in declared)
            places = [st.container()] if wide else st.columns(COLUMNS)
            for index, field in enumerate(declared):
                with places[index % len(places)]:
                    key = f"play.{part}.own.{entry.name}.{field.name}"
                    value = setting_widget(field, key=key, value=field.default, tasks=tasks)
                if value != field.default:
                    changed.setdefault(entry.name, {})[field.name] = value
    return changed


def strategy_labels(changed: ChangedOptions) -> dict[str, str]:
    """Each strategy's short name, by name; with a star where its settings were changed."""
    return {entry.name: entry.label + (" *" if entry.name in changed else "") for entry in entries()}


def star(changed: ChangedOptions) -> None:
    """Say what the star means, where there is one."""
    if changed:
        st.caption("\\* with settings of your own.")
