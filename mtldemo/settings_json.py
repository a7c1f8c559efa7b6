"""Frozen dataclasses of settings to and from JSON, each value checked as it is declared."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar, runtime_checkable

from mtldemo.errors import MtlDemoError
from mtldemo.json_text import CHECKSUM
from mtldemo.settings import SettingField, settings_of, shown

ConfigType = TypeVar("ConfigType")


@runtime_checkable
class AsList(Protocol):
    """Data that a config holds beside its settings, and that knows its own way to JSON and back."""

    def to_list(self) -> list[dict[str, Any]]: ...

    @staticmethod
    def from_list(values: Any) -> "AsList": ...


class UnknownSettingError(MtlDemoError):
    """A config has a ``setting``, as it is shown to a person, that this version doesn't know."""

    def __init__(self, where: str, setting: str, known: Iterable[str]) -> None:
        super().__init__(f"{where}: no setting {setting}; there are: {', '.join(known)}.")
        self.setting = setting


def to_dict(config: Any) -> dict[str, Any]:
    """The config as plain JSON values; what is data of its own (a set of tasks) is there where it isn't the default."""
    values = {member.name: getattr(config, member.name) for member in dataclasses.fields(config)}
    defaults = {member.name: member.default for member in dataclasses.fields(config)}
    return {
        name: _plain(value)
        for name, value in values.items()
        if not (isinstance(value, AsList) and value == defaults[name])
    }


def _plain(value: Any) -> Any:
    """A value of a config as plain JSON values, in containers of its own."""
    if isinstance(value, AsList):
        return value.to_list()
    if dataclasses.is_dataclass(value):
        return to_dict(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return type(value)(_plain(item) for item in value) if isinstance(value, list | tuple) else value


def from_dict(kind: type[ConfigType], values: Any, where: str = "config", *, stored: bool = True) -> ConfigType:
    """Build ``kind`` from JSON values, each checked; missing ones take their default.

    A ``stored`` config is one that the program wrote: a setting that is missing among others of its part came later,
    and means what was done before (``Setting.before``). In one that a person writes it means the default.

    Raises ``MtlDemoError`` for an unknown name or a value out of range, naming it.
    """
    if not isinstance(values, Mapping):
        raise MtlDemoError(f"{where}: expected named values, found {shown(values)}.")
    declared, members = _members(kind)
    unknown = sorted(set(values) - {*members, CHECKSUM})
    if unknown:
        raise UnknownSettingError(where, shown(unknown[0]), members)
    before = {name: setting.setting.before for name, setting in declared.items()} if stored else {}
    built: dict[str, Any] = {name: value for name, value in before.items() if value is not None}
    for name, value in values.items():
        if name == CHECKSUM:
            continue  # whoever reads a file has looked at it
        if name in declared:
            built[name] = declared[name].check(value)
        elif dataclasses.is_dataclass(members[name].type):
            built[name] = from_dict(members[name].type, value, f"{where}.{name}", stored=stored)  # type: ignore[arg-type]
        elif isinstance(default := members[name].default, AsList):
            built[name] = default.from_list(value)
        elif isinstance(value, Mapping):
            built[name] = dict(value)
        else:
            raise MtlDemoError(f"{where}.{name}: expected named values, found {shown(value)}.")
    return kind(**built)


@functools.cache
def _members(kind: type) -> tuple[dict[str, SettingField], dict[str, dataclasses.Field[Any]]]:
    """The settings and the fields of ``kind`` by name. Kept: reading hundreds of runs asks for them again and again."""
    declared = {setting.name: setting for setting in settings_of(kind)}
    return declared, {member.name: member for member in dataclasses.fields(kind)}


def value_at(config: Any, path: tuple[str, ...]) -> Any:
    """The value at a path that ``leaves`` gave."""
    for name in path:
        config = getattr(config, name)
    return config


def with_value(config: ConfigType, path: tuple[str, ...], value: Any) -> ConfigType:
    """A copy of ``config`` with the checked ``value`` at ``path``."""
    name, *rest = path
    if rest:
        return dataclasses.replace(config, **{name: with_value(getattr(config, name), tuple(rest), value)})  # type: ignore[type-var]
    setting = next((item for item in settings_of(type(config)) if item.name == name), None)
    return dataclasses.replace(config, **{name: setting.check(value) if setting else value})  # type: ignore[type-var]
