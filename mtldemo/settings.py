"""Declared once, read everywhere: a setting's range and words live in the signature that takes it.

A dataclass field or a keyword-only argument is declared as ``Annotated[float, Setting(...)]``; the page draws its
widget, the command line its option and the JSON reader its check from that one declaration.
"""

import contextlib
import inspect
import reprlib
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from mtldemo.errors import MtlDemoError

LARGEST = 2**63 - 1
"""No number that a person chooses is beyond it: it is the largest that NumPy and PyTorch hold."""


@dataclass(frozen=True)
class Setting:
    """What a person may choose, and the words for it.

    ``low`` and ``high`` are inclusive. ``choices`` lists the values of a text. ``advanced`` settings are folded away.
    ``before`` is the value that a config has which was written before there was this setting; None is its default.
    ``needs`` names what a data set must have for the setting to mean anything (``config.listed_settings`` knows what).
    """

    label: str
    help: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    step: float | None = None
    advanced: bool = False
    before: Any = None
    needs: str = ""


@dataclass(frozen=True)
class SettingField:
    """One setting of a class or function: its name, plain kind (``int``, ``float``, ``bool``, ``str``, ``tuple``
    or ``dict``), default and ``Setting``. ``item`` is the type of a tuple's items or a dict's values."""

    name: str
    kind: type
    item: type | None
    default: Any
    setting: Setting

    def check(self, value: Any) -> Any:
        """Return ``value`` in the field's type, or raise ``MtlDemoError`` that says what was expected."""
        if self.kind is tuple:
            if isinstance(value, str) or not isinstance(value, list | tuple):
                raise self._wrong(value, "a list")
            return tuple(self._scalar(item, self.item or str) for item in value)
        if self.kind is dict:
            if not isinstance(value, Mapping):
                raise self._wrong(value, "one value for each name")
            return {str(key): self._scalar(item, self.item or str) for key, item in value.items()}
        return self._scalar(value, self.kind)

    def parse(self, text: str) -> Any:
        """Read a command-line text: ``0.5``, ``true``, ``a,b`` for a tuple, ``a=1,b=2`` (or ``a:1``) for a dict."""
        text = text.strip()
        if self.kind is tuple:
            return self.check([_from_text(part, self.item or str) for part in text.split(",") if part.strip()])
        if self.kind is dict:
            pairs = [part.replace(":", "=", 1).partition("=") for part in text.split(",") if part.strip()]
            if any(not sign for _, sign, _ in pairs):
                raise self._wrong(text, "name=value pairs divided by commas")
            return self.check({key.strip(): _from_text(item, self.item or str) for key, _, item in pairs})
        return self.check(_from_text(text, self.kind))

    def _scalar(self, value: Any, kind: type) -> Any:
        setting = self.setting
        if kind is bool:
            if not isinstance(value, bool):
                raise self._wrong(value, "true or false")
            return value
        if kind is str:
            if not isinstance(value, str):
                raise self._wrong(value, "a text")
            if setting.choices and value not in setting.choices:
                raise self._wrong(value, "one of " + ", ".join(setting.choices))
            return value
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
            raise self._wrong(value, "a whole number" if kind is int else "a number")
        if kind is int and value != int(value):
            raise self._wrong(value, "a whole number")
        if (setting.low is not None and value < setting.low) or (setting.high is not None and value > setting.high):
            raise self._wrong(value, self.range_text())
        return kind(value)

    def range_text(self) -> str:
        """The range in words: ``0 to 1``, ``at least 1``, or an empty text where there is none."""
        low, high = self.setting.low, self.setting.high
        unit = f" {self.setting.unit}" if self.setting.unit else ""
        if low is not None and high is not None:
            return f"{low:g} to {high:g}{unit}"
        if low is not None:
            return f"at least {low:g}{unit}"
        return f"at most {high:g}{unit}" if high is not None else ""

    def _wrong(self, value: Any, expected: str) -> MtlDemoError:
        return MtlDemoError(f"{self.name}: expected {expected}, found {shown(value)}.")


def shown(value: Any) -> str:
    """``value`` as a message shows it, whatever it is: long texts, lists and numbers are cut."""
    return _SHORT.repr(value)


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 120


def settings_of(owner: Any) -> tuple[SettingField, ...]:
    """The settings that ``owner`` (a dataclass, a class or a function) declares, in the order of its signature."""
    call = owner.__init__ if inspect.isclass(owner) else owner
    hints = get_type_hints(call, include_extras=True)
    fields = []
    for name, parameter in inspect.signature(call).parameters.items():
        hint = hints.get(name)
        if get_origin(hint) is not Annotated:
            continue
        base, *extras = get_args(hint)
        setting = next((extra for extra in extras if isinstance(extra, Setting)), None)
        if setting is not None:
            kind, item = _plain(base)
            fields.append(SettingField(name, kind, item, _default(owner, parameter), setting))
    return tuple(fields)


def setting_row(field: SettingField) -> dict[str, Any]:
    """A setting as plain JSON values: name, kind, default, label, help, low, high, choices and unit."""
    setting, default = field.setting, field.default
    if field.kind in (tuple, dict):
        default = list(default) if field.kind is tuple else dict(default)
    return {
        "name": field.name,
        "kind": field.kind.__name__,
        "default": default,
        "label": setting.label,
        "help": setting.help,
        "low": setting.low,
        "high": setting.high,
        "choices": list(setting.choices),
        "unit": setting.unit,
    }


def field_named(owner: Any, name: str, what: str) -> SettingField:
    """The setting called ``name``; raises ``MtlDemoError`` naming ``what`` and the choices where there is none."""
    fields = {field.name: field for field in settings_of(owner)}
    if name not in fields:
        known = ", ".join(fields) or "none"
        raise MtlDemoError(f"{what} has no setting {name!r}; it has: {known}.")
    return fields[name]


def _default(owner: Any, parameter: inspect.Parameter) -> Any:
    factory = getattr(owner, "__dataclass_fields__", {}).get(parameter.name)
    if factory is not None and callable(factory.default_factory):
        return factory.default_factory()
    return parameter.default


def _plain(hint: Any) -> tuple[type, type | None]:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (tuple, list):
        return tuple, args[0]
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return dict, args[1]
    if isinstance(hint, types.UnionType) or not isinstance(hint, type):
        raise TypeError(f"a setting's type must be plain, found {hint!r}")
    return hint, None


def _from_text(text: str, kind: type) -> Any:
    text = text.strip()
    if kind is bool:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower(), text)
    for number in (int, float) if kind in (int, float) else ():
        with contextlib.suppress(ValueError):
            return number(text)
    return text
