"""The strategies of a study with settings of one's own: as published unless they are changed, some of them twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from mtldemo.config import RunConfig, SharingConfig, WeightingConfig, leaves
from mtldemo.errors import MtlDemoError
from mtldemo.model.sharing_words import sharing_name
from mtldemo.settings import settings_of
from mtldemo.study.config import Arm, arm_of, usual_place
from mtldemo.ui.forms import setting_widget
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import problem_beside
from mtldemo.ui.strategy_words import entries
from mtldemo.weighting import costs, strategy_named

USUAL = "usual"
"""Stands for what all strategies of the study have."""
SCALES = {USUAL: "As for all strategies", "published": "As published", "sum_k": "Rescaled to sum to the tasks"}
MOST = 8
"""Arms of one strategy."""


@dataclass(frozen=True)
class Wanted:
    """One arm as a person wants it: the number ``copy`` of those of its ``strategy``, the ``options`` that differ from
    the published ones, where it takes gradients and how its weights are scaled (or ``USUAL``), and its ``name``."""

    strategy: str
    copy: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    gradients_at: str = USUAL
    scale: str = USUAL
    name: str = ""

    @property
    def changed(self) -> bool:
        """Whether it differs from the strategy as it is published."""
        return bool(self.options) or self.gradients_at != USUAL or self.scale != USUAL or bool(self.name)

    @property
    def key(self) -> str:
        """Unique among the arms of a form."""
        return f"{self.strategy}.{self.copy}"

    def arm(self, base: RunConfig) -> Arm:
        """The arm of a study on ``base``. Raises ``MtlDemoError`` where no run could have these settings."""
        usual = self.gradients_at == USUAL
        gradients_at = usual_place(strategy_named(self.strategy), base) if usual else self.gradients_at
        scale = base.weighting.weight_scale if self.scale == USUAL else self.scale
        return arm_of(WeightingConfig(self.strategy, self.options, scale, gradients_at), base, self.name)


def crossed(wanted: Sequence[Wanted], sharings: Sequence[SharingConfig], base: RunConfig) -> tuple[Arm, ...]:
    """The arms ``wanted``, each on each of the ``sharings``. Raises ``MtlDemoError`` where no run could be so."""
    arms = []
    for sharing in sharings:
        mark = sharing_name(sharing) if len(sharings) > 1 else ""
        for one in wanted:
            named = replace(one, name=f"{one.name}+{mark}") if one.name and mark else one
            arms.append(named.arm(replace(base, sharing=sharing)))
    return tuple(arms)


def wanted_arms(prefix: str, names: Sequence[str]) -> list[Wanted]:
    """The arms of the strategies ``names`` in the form ``prefix``, each with what was changed so far."""
    changed: dict[str, Wanted] = st.session_state.setdefault(f"{prefix}:own", {})
    arms = []
    for name in names:
        arms.append(changed.get(f"{name}.0", Wanted(name)))
        arms += [one for one in changed.values() if one.strategy == name and one.copy]
    return arms


def arm_settings_form(prefix: str, names: Sequence[str], tasks: Sequence[str], errors: list[str]) -> list[Wanted]:
    """Draw the folded settings of the strategies ``names``, of which one is shown at a time; returns their arms. What
    is wrong with one is added to ``errors``."""
    wanted = wanted_arms(prefix, names)
    if not wanted:
        return []
    changed = [_title(one) for one in wanted if one.changed]
    if changed:
        st.caption(f"With settings of your own: {plain(', '.join(changed))}.")
    folded = st.expander(
        "Settings of each strategy", icon=":material/tune:", key=f"{prefix}:own_folded", on_change="rerun"
    )
    if not folded.open:
        return wanted
    with folded:
        by_key, of = {one.key: one for one in wanted}, f"{prefix}:own_of"
        if st.session_state.get(of) not in by_key:
            st.session_state[of] = _first_with_settings(wanted).key
        with st.container(horizontal=True, vertical_alignment="bottom"):
            key = st.selectbox(
                "Strategy",
                list(by_key),
                format_func=lambda key: _title(by_key[key]),
                key=of,
                width=280,
            )
            shown = by_key[key]
            _buttons(prefix, shown, wanted)
        try:
            now = _drawn(prefix, shown, tasks)
        except MtlDemoError as error:
            errors.append(str(error))
            problem_beside(str(error))
            return wanted
    if now != shown:
        st.session_state[f"{prefix}:own"][key] = now
        st.rerun()
    return wanted


def _drawn(prefix: str, shown: Wanted, tasks: Sequence[str]) -> Wanted:
    """The widgets of one arm, and the arm as they have it."""
    strategy = strategy_named(shown.strategy)
    key, options = f"{prefix}.own.{shown.key}", {}
    declared = settings_of(strategy)
    # A setting with a value for each task is as wide as the form.
    for setting in (one for one in declared if one.kind is dict):
        value = shown.options.get(setting.name, setting.default)
        options[setting.name] = setting_widget(setting, key=f"{key}.{setting.name}", value=value, tasks=tasks)
    with st.grid(2, min_column_width=240, vertical_alignment="bottom"):
        for setting in (one for one in declared if one.kind is not dict):
            value = shown.options.get(setting.name, setting.default)
            options[setting.name] = setting_widget(setting, key=f"{key}.{setting.name}", value=value)
        places, gradients_at = costs.places(strategy), USUAL
        helps = {path[-1]: one.setting.help for path, one in leaves(WeightingConfig)}
        if len(places) > 1:
            titles = {USUAL: SCALES[USUAL], **{name: costs.PLACES[name].title for name in places}}
            gradients_at = _choice("Gradients at", titles, shown.gradients_at, f"{key}.place", helps["gradients_at"])
        scale = _choice("Scale of the weights", SCALES, shown.scale, f"{key}.scale", helps["weight_scale"])
        name = st.text_input(
            "Name in the study",
            shown.name,
            key=f"{key}.name",
            placeholder="after its settings",
            max_chars=40,
            persist_state="session",
        )
    defaults = {one.name: one.default for one in declared}
    own = {option: value for option, value in options.items() if value != defaults[option]}
    return replace(shown, options=own, gradients_at=gradients_at, scale=scale, name=name.strip())


def _choice(label: str, titles: dict[str, str], value: str, key: str, words: str) -> str:
    names = list(titles)
    return st.selectbox(
        label,
        names,
        index=names.index(value),
        format_func=titles.__getitem__,
        key=key,
        help=words,
        persist_state="session",
    )


def _buttons(prefix: str, shown: Wanted, wanted: Sequence[Wanted]) -> None:
    """Another arm of the same strategy, and away with one that was added or changed."""
    changed = st.session_state[f"{prefix}:own"]
    copies = [one.copy for one in wanted if one.strategy == shown.strategy]

    def add() -> None:
        one = replace(shown, copy=max(copies) + 1, name="")
        changed[one.key] = one
        st.session_state[f"{prefix}:own_of"] = one.key

    def drop() -> None:
        changed.pop(shown.key, None)
        for name in [name for name in st.session_state if str(name).startswith(f"{prefix}.own.{shown.key}.")]:
            del st.session_state[name]
        if shown.copy:
            st.session_state[f"{prefix}:own_of"] = f"{shown.strategy}.0"

    st.button(
        "Add a copy",
        icon=":material/content_copy:",
        key=f"{prefix}:own_add",
        on_click=add,
        disabled=len(copies) >= MOST,
        help="To compare this strategy with itself at other settings.",
    )
    if shown.copy or shown.changed:
        words, icon = ("Remove", ":material/delete:") if shown.copy else ("Reset", ":material/restart_alt:")
        st.button(words, icon=icon, key=f"{prefix}:own_drop", on_click=drop)


def _first_with_settings(wanted: Sequence[Wanted]) -> Wanted:
    having = {entry.name for entry in entries() if entry.settings}
    return next((one for one in wanted if one.strategy in having), wanted[0])


def _title(wanted: Wanted) -> str:
    title = next((entry.title for entry in entries() if entry.name == wanted.strategy), wanted.strategy)
    more = f" ({wanted.copy + 1})" if wanted.copy else ""
    return f"{title}{more}"
