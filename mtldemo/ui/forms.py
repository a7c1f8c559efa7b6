"""Widgets from declared settings: a page draws a config's leaves and a strategy's hyper-parameters without repeating
a range, a label or a help text.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from mtldemo.config import RunConfig, leaves, value_at, with_value
from mtldemo.errors import MtlDemoError
from mtldemo.settings import Setting, SettingField, settings_of
from mtldemo.tasks import TaskSet
from mtldemo.ui.distinct import distinct
from mtldemo.ui.problems import problem_beside
from mtldemo.ui.task_table import task_table

Path = tuple[str, ...]
MOST_WHOLE = 2**53 - 1
"""The largest whole number that a browser tells from its neighbours."""
SMALL_CHOICE = 4
"""So many choices are shown side by side; more are folded into a list."""
MOST_WIDGETS = 8
"""So many tasks have a widget each; more share one."""


@dataclass
class ConfigForm:
    """The widgets of one config. ``prefix`` keeps its widgets' keys apart; ``start`` holds what they first show.

    Draw what is wanted with ``draw`` and ``options``, then ``result`` gives the config and what is wrong with it.
    """

    prefix: str
    start: RunConfig
    values: dict[Path, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def draw(
        self,
        *path: str,
        choices: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        show: Callable[[Any], str] = str,
        tasks: Sequence[str] = (),
        folded: bool = False,
    ) -> Any:
        """The widget of the leaf at ``path``; returns its value. ``choices`` are a registry's names, by task for a
        dict; ``show`` gives a choice's words; ``tasks`` are the names that a dict has a value for; ``folded`` puts
        even a few choices into a list."""
        declared = dict(leaves(type(self.start)))[path]
        given: dict[str, Any] = {"key": self.key(path), "value": value_at(self.start, path), "tasks": tasks}
        drawn = partial(setting_widget, declared, choices=choices, show=show, folded=folded, **given)
        value = self._checked(declared, drawn)
        self.values[path] = value
        return value

    def options(
        self,
        owner: Any,
        tasks: Sequence[str] = (),
        member: Path = ("weighting", "strategy"),
        choices: Callable[[SettingField, Mapping[str, Any]], Mapping[str, str]] | None = None,
    ) -> dict[str, Any]:
        """The widgets of the hyper-parameters that ``owner`` declares, a strategy's class or what else the setting
        ``member`` names one of; returns all of them. ``choices`` gives the titles of a setting's values by value, from
        the settings before it; none for a setting without choices."""
        chosen: dict[str, Any] = {}
        # The settings of another member mean nothing to this one.
        own = value_at(self.start, member) == owner.name
        start = value_at(self.start, (member[0], "options")) if own else {}
        family = ("options",) if member[0] == "weighting" else (member[0], "options")
        for declared in settings_of(owner):
            key, value = self.key((*family, owner.name, declared.name)), start.get(declared.name, declared.default)
            drawn = partial(setting_widget, declared, key=key, value=value, tasks=tasks)
            if choices and (titles := choices(declared, chosen)):
                drawn = partial(drawn, choices=list(titles), show=titles.__getitem__, folded=True)
            chosen[declared.name] = self._checked(declared, drawn)
        self.values[(member[0], "options")] = chosen
        return chosen

    @property
    def task_set(self) -> TaskSet:
        """The tasks that the data set carries labels for."""
        return self.start.task_set

    def on(self, task_set: TaskSet, labels: Mapping[str, Any]) -> None:
        """The form is for a data set that carries ``task_set``, its ``labels`` read as chosen: what it starts from and
        the tasks that were picked follow, all of them where all were picked before."""
        names, picked, before = task_set.names, self.key(("tasks",)), f"{self.prefix}:task_set"
        earlier = st.session_state.get(before, names)
        if earlier != names and set(st.session_state.get(picked) or earlier) == set(earlier):
            st.session_state.pop(picked, None)
        st.session_state[before] = names
        start = self.start.on(task_set)
        self.start = dataclasses.replace(
            start,
            tasks=tuple(name for name in start.tasks if name in task_set) or names,
            losses={
                name: loss
                for name, loss in start.losses.items()
                if name in task_set and loss in task_set.named(name).losses
            },
            loss_scales={name: scale for name, scale in start.loss_scales.items() if name in task_set},
        )
        self.values[("task_set",)] = task_set
        self.values[("data", "labels")] = dict(labels)

    def ask(self, declared: SettingField, key: str) -> Any:
        """The widget of a setting that is none of the config's; returns its value, and notes what is wrong with it."""
        return self._checked(declared, lambda: setting_widget(declared, key=key, value=declared.default))

    def result(self) -> tuple[RunConfig, list[str]]:
        """The config with what was drawn, and one sentence for each mistake (none: the config is sound)."""
        config, errors = self.start, list(self.errors)
        for path, value in self.values.items():
            try:
                config = with_value(config, path, value)
            except MtlDemoError as error:
                errors.append(_in_words(dict(leaves(type(config)))[path], error))
        return config, errors

    def key(self, path: Path) -> str:
        """The widget's key in the session."""
        return ".".join((self.prefix, *path))

    def _checked(self, declared: SettingField, draw: Callable[[], Any]) -> Any:
        # In a grid, what is wrong stands in the cell of its field.
        with st.container(gap="xsmall"):
            try:
                return draw()
            except MtlDemoError as error:
                words = _in_words(declared, error)
                self.errors.append(words)
                problem_beside(words)
                return declared.default


def form_for(prefix: str, default: RunConfig) -> ConfigForm:
    """The form called ``prefix``, which starts from what ``fill`` gave it last in this session, else ``default``."""
    return ConfigForm(prefix, st.session_state.get(f"{prefix}:start", default))


def fill(prefix: str, config: RunConfig) -> None:
    """Set a form's widgets to ``config``: for a callback that picks a preset, as it runs before they are drawn."""
    # Forgetting the widgets is enough: each shows the form's start value again, which is the preset from now on.
    for key in list(st.session_state):
        if str(key).startswith(f"{prefix}."):
            del st.session_state[key]
    st.session_state[f"{prefix}:start"] = config


def setting_widget(
    declared: SettingField,
    *,
    key: str,
    value: Any,
    choices: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    show: Callable[[Any], str] = str,
    tasks: Sequence[str] = (),
    folded: bool = False,
) -> Any:
    """The widget for one setting; returns its checked value. Raises ``MtlDemoError`` for a text that can't be read."""
    setting, words = declared.setting, help_text(declared)
    if declared.kind is dict:
        return _dict_widgets(declared, key, value, choices, show, tasks)
    options = list(choices or setting.choices)
    show = distinct(options, show)
    first = _shown(declared, value, options)
    if key not in st.session_state:
        st.session_state[key] = first
    elif options and declared.kind in (str, tuple):
        # Another data set, say, offers other ones than those that were chosen from.
        _drop_unknown(key, options, first)
    common: dict[str, Any] = {"key": key, "help": words, "persist_state": "session"}
    label = label_text(setting)
    if declared.kind is bool:
        return st.toggle(label, **common)
    if declared.kind is tuple and len(options) > MOST_WIDGETS:
        every = f"All {len(options)} {setting.label.lower()}"
        chosen = st.multiselect(label, options, format_func=show, placeholder=every, select_all=False, **common)
        return declared.check([option for option in options if option in chosen] or options)
    if declared.kind is tuple and options:
        chosen = st.pills(label, options, selection_mode="multi", format_func=show, **common)
        return declared.check([option for option in options if option in chosen])
    if declared.kind is tuple:
        return declared.parse(st.text_input(label, placeholder="a, b, c", **common) or "")
    if declared.kind is str and options and len(options) <= SMALL_CHOICE and not folded:
        return st.segmented_control(label, options, format_func=show, required=True, **common)
    if declared.kind is str and options:
        return st.selectbox(label, options, format_func=show, **common)
    if declared.kind is str:
        return declared.check(st.text_input(label, **common))
    return declared.check(_number(declared, value, label, common))


def label_text(setting: Setting) -> str:
    """The label with its unit."""
    return f"{setting.label} ({setting.unit})" if setting.unit else setting.label


def help_text(declared: SettingField) -> str | None:
    """The help and the range in one text; None where there is neither."""
    range_text = declared.range_text() if declared.kind in (int, float, dict) else ""
    parts = [declared.setting.help, f"Range: {range_text}." if range_text else ""]
    return " ".join(part for part in parts if part) or None


def number_step(declared: SettingField, value: float) -> float:
    """A step that suits the size of the value: a tenth of its power of ten, at least; ``setting.step`` wins."""
    setting = declared.setting
    if setting.step is not None:
        return setting.step
    if declared.kind is int:
        return 1
    if value:
        return 10.0 ** math.floor(math.log10(abs(value)) - (1 if abs(value) < 1 else 0))
    return 0.01 if setting.high is not None and setting.high <= 1 else 0.1


def _number(declared: SettingField, value: Any, label: str, common: dict[str, Any]) -> Any:
    kind, whole = declared.kind, declared.kind is int
    # A field with the setting's own bounds keeps what is out of them in the browser and goes on with the last number,
    # so it has none: what was typed comes here and is judged like any other value. A whole number needs bounds to stay
    # one.
    given = st.number_input(
        label,
        min_value=-MOST_WHOLE if whole else None,
        max_value=MOST_WHOLE if whole else None,
        value=None,
        step=kind(number_step(declared, value)),
        format="%d" if whole else "%g",
        **common,
    )
    if given is None:
        raise MtlDemoError(f"{declared.name}: expected {declared.range_text() or 'a number'}, found an empty field.")
    return given


def _drop_unknown(key: str, options: Sequence[str], first: Any) -> None:
    """Of what the widget ``key`` holds, keep only what is among ``options``; where nothing is left, ``first``."""
    chosen = st.session_state[key]
    if isinstance(chosen, list):
        known = [one for one in chosen if one in options]
        if known != chosen:
            st.session_state[key] = known or first
    elif chosen not in options:
        st.session_state[key] = first


def _shown(declared: SettingField, value: Any, options: list[str]) -> Any:
    if declared.kind is tuple and len(options) > MOST_WIDGETS and set(value) >= set(options):
        return []  # which stands for all of them
    if declared.kind is tuple:
        return list(value) if options else ", ".join(map(str, value))
    if declared.kind is str and options and value not in options:
        return options[0]
    return declared.kind(value)


def _dict_widgets(
    declared: SettingField, key: str, value: Any, choices: Any, show: Callable[[Any], str], tasks: Sequence[str]
) -> dict[str, Any]:
    """One widget a task, or a table for many. A task left at its neutral value (a factor of 1, its first choice) has no
    entry."""
    shown, chosen = [task for task in tasks if choices is None or len(choices[task]) > 1], {}
    if not shown:
        return {}
    if len(shown) > MOST_WIDGETS:
        return task_table(declared, label_text(declared.setting), key, value, choices, show, shown)
    for column, task in zip(st.columns(len(shown)), shown, strict=True):
        offered = list(choices[task]) if choices is not None else []
        neutral = offered[0] if offered else (declared.item or str)(1)
        setting = declared.setting
        item = SettingField(
            declared.name,
            declared.item or str,
            None,
            neutral,
            Setting(f"{setting.label}: {task}", setting.help, setting.low, setting.high, unit=setting.unit),
        )
        with column:
            got = setting_widget(item, key=f"{key}.{task}", value=value.get(task, neutral), choices=offered, show=show)
        if got != neutral:
            chosen[task] = got
    return declared.check(chosen)


def _in_words(declared: SettingField, error: MtlDemoError) -> str:
    """The error with the setting's label where it named the setting."""
    return str(error).replace(f"{declared.name}:", f"{declared.setting.label}:", 1)
