"""A run's settings as one flat table: what comparisons, tables and arms' names are made of."""

import functools
from collections.abc import Mapping
from typing import Any

from mtldemo.config import RunConfig, leaves, value_at
from mtldemo.errors import readable
from mtldemo.model.sharing_words import own_options
from mtldemo.settings import SettingField
from mtldemo.study.info import dataset_key, dataset_name
from mtldemo.titles import weights_title

OPTIONS, SHARING_OPTIONS = "weighting.options", "sharing.options"


def flat(config: RunConfig) -> dict[str, Any]:
    """Every setting by its dotted name, such as ``optim.lr``, ``losses.age`` or ``weighting.options.temperature``; the
    data set by what it is rather than where."""
    values: dict[str, Any] = {}
    for path, name in _paths():
        _spread(values, name, value_at(config, path))
    _spread(values, OPTIONS, config.weighting.options)
    _spread(values, SHARING_OPTIONS, own_options(config.sharing))
    values["data.source"] = dataset_name(config.data)
    values["model.init_from"] = weights_title(config.model.init_from)
    if config.data.source != "synthetic":
        values = {name: value for name, value in values.items() if not name.startswith("data.synthetic")}
    else:
        values["data.source"] = dataset_key(config.data).partition(" ")[0]
    return values


def setting_of(name: str) -> SettingField | None:
    """The declaration of a setting that ``flat`` names; ``None`` for an option of a strategy or a way of sharing."""
    known = _declared()
    while name and name not in known:
        name = name.rpartition(".")[0]
    return known.get(name)


def words_of(value: Any) -> str:
    """A setting's value as a person writes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return " + ".join(words_of(item) for item in value)
    return readable(str(value))


def _spread(values: dict[str, Any], name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for key in sorted(value):
            _spread(values, f"{name}.{key}", value[key])
    else:
        values[name] = value


@functools.cache
def _declared() -> dict[str, SettingField]:
    return {".".join(path): declared for path, declared in leaves()}


@functools.cache
def _paths() -> tuple[tuple[tuple[str, ...], str], ...]:
    return tuple((tuple(name.split(".")), name) for name in _declared())
