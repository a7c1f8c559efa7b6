"""``tasks.toml``, which lies beside a manifest and says what its columns mean: read and written.

    [data]
    names = ["path", "type", "colour"]

    [tasks.type]
    kind = "classes"
    classes = ["rose", "daisy", "sunflower"]

A table below ``tasks`` is called by its column, or by its task where no column is called so. The settings are those of
``TaskChoices`` and ``ColumnChoice``.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.errors import MtlDemoError, readable
from mtldemo.tasks import Task

FILE_NAME = "tasks.toml"
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def from_toml(data: bytes, file: str) -> TaskChoices:
    """The choices in the bytes of a ``tasks.toml`` called ``file``. Raises ``MtlDemoError`` that names it."""
    try:
        values = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MtlDemoError(f"{file}, line {line}, isn't UTF-8, which TOML is; save it so.") from error
    except RecursionError as error:
        raise MtlDemoError(f"{file} can't be read as TOML: its values lie too deep in each other.") from error
    except ValueError as error:  # also what tomllib doesn't expect, such as a number of 5,000 digits
        raise MtlDemoError(f"{file} can't be read as TOML: {str(error).partition(';')[0]}.") from error
    known = {"data": values.pop("data", {}), "tasks": values.pop("tasks", {})}
    if values or not all(isinstance(part, dict) for part in known.values()):
        other = next(iter(values), "data or tasks")
        raise MtlDemoError(f"{file} has tables [data] and [tasks.NAME] only, found {readable(str(other))}.")
    try:
        return TaskChoices.from_dict({**known["data"], "columns": known["tasks"]})
    except MtlDemoError as error:
        raise MtlDemoError(f"{file}: {error}") from error


def to_toml(choices: TaskChoices, tasks: Mapping[str, Task]) -> str:
    """The text of a ``tasks.toml`` with ``choices``, and with every one of ``tasks`` in full, by what it is called in
    ``choices``, so that a person finds what to change; it is read as the same tasks."""
    plain = choices.to_dict()
    columns: dict[str, dict[str, Any]] = plain.pop("columns", {})
    for key, task in tasks.items():
        written: dict[str, Any] = {"title": task.title, "kind": task.kind}
        if task.classes:
            written["classes"] = list(task.classes)
        else:
            written |= {"low": task.low, "high": task.high}
        written |= {"unit": task.unit} if task.unit else {}
        columns[key] = {**written, **columns.get(key, {})}
    lines = ["# What the columns of the manifest beside this file mean."]
    lines += ["", "[data]", *_lines(plain)] if plain else []
    for name, values in columns.items():
        lines += ["", f"[tasks.{_key(name)}]", *_lines(values)]
    return "\n".join(lines) + "\n"


def _lines(values: dict[str, Any]) -> list[str]:
    return [f"{_key(name)} = {_value(value)}" for name, value in values.items()]


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    return json.dumps(readable(text), ensure_ascii=False).replace("\x7f", "\\u007f")
