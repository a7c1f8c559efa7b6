"""Options on how labels are read: what a column of a manifest means, and which columns say where a picture belongs."""

import argparse
import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

from mtldemo.data.labels.base import FACES, WHOLE
from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.recognise import format_titles
from mtldemo.data.source import SHAPES, SYNTHETIC
from mtldemo.errors import MtlDemoError
from mtldemo.settings import shown

DESTINATIONS = {"task_kind": "--task-kind", "column": "--column", "manifest": "--manifest", "pictures": "--pictures"}


def add_label_options(parser: argparse.ArgumentParser) -> None:
    """Add the options; all but the last may be repeated."""
    group = parser.add_argument_group("labels of one's own data", f"They are recognised as {format_titles()}.")
    group.add_argument(
        "--task-kind",
        action="append",
        default=argparse.SUPPRESS,
        metavar="COLUMN=KIND",
        help="what a column is: regression, binary or classes (by default it is told by its values)",
    )
    group.add_argument(
        "--column",
        action="append",
        default=argparse.SUPPRESS,
        metavar="COLUMN.WHAT=VALUE",
        help="a column's " + ", ".join(_names(ColumnChoice)) + "; lists are divided by commas, such as "
        "colour.classes=red,pink,white, type.names=0:rose,1:daisy or size.missing=-1",
    )
    group.add_argument(
        "--manifest",
        action="append",
        default=argparse.SUPPRESS,
        metavar="WHAT=VALUE",
        help="of the whole list: " + ", ".join(name for name in _names(TaskChoices) if name != "columns") + ", such as "
        "group=person or names=path,type,colour",
    )
    group.add_argument(
        "--pictures",
        default=argparse.SUPPRESS,
        metavar=f"{FACES}|{WHOLE}",
        help="what a model is asked about: the faces in a picture, or all of it (by default the data set's format says "
        "it, or its tasks)",
    )


def chosen_labels(given: dict[str, Any], source: str) -> dict[str, Any]:
    """What the options say of the data set ``source``, as ``DataConfig.labels``. Raises ``MtlDemoError`` for what isn't
    one, and for a built-in data set, of which nothing is left to say."""
    if source in (SYNTHETIC, SHAPES) and (flags := [flag for name, flag in DESTINATIONS.items() if name in given]):
        raise MtlDemoError(f"{flags[0]} is for one's own data; what the labels of {source} mean is settled.")
    columns: dict[str, dict[str, Any]] = {}
    for text in given.get("task_kind", ()):
        name, kind = _pair("--task-kind", text)
        columns.setdefault(name, {})["kind"] = kind
    for text in given.get("column", ()):
        key, value = _pair("--column", text)
        name, dot, what = key.rpartition(".")
        if not dot:
            raise MtlDemoError(f"--column: expected COLUMN.WHAT=VALUE, found {shown(text)}.")
        columns.setdefault(name, {})[what] = _value(ColumnChoice, "--column", what, value)
    whole: dict[str, Any] = {"columns": columns} if columns else {}
    for text in given.get("manifest", ()):
        what, value = _pair("--manifest", text)
        whole[what] = _value(TaskChoices, "--manifest", what, value)
    if "pictures" in given:
        whole["pictures"] = given["pictures"]
    return TaskChoices.from_dict(whole).to_dict()


def _names(kind: type) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def _pair(flag: str, text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise MtlDemoError(f"{flag}: expected NAME=VALUE, found {shown(text)}.")
    return name.strip(), value.strip()


def _value(kind: type, flag: str, name: str, text: str) -> Any:
    """``text`` in the type of the field ``name`` of ``kind``."""
    hints = {field: hint for field, hint in get_type_hints(kind).items() if field != "columns"}
    if name not in hints:
        raise MtlDemoError(f"{flag}: there is no {shown(name)}; there are {', '.join(hints)}.")
    hint = hints[name]
    kinds = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if get_origin(hint) is Mapping:
        pairs = [part.rpartition(":") for part in text.split(",")]
        if not all(colon and value.strip() for value, colon, _ in pairs):
            raise MtlDemoError(f"{flag}: {name} must be VALUE:NAME,VALUE:NAME, found {shown(text)}.")
        return {value.strip(): called.strip() for value, _, called in pairs}
    if any(get_origin(one) is tuple for one in kinds):
        return [part.strip() for part in text.split(",")]
    if bool in kinds:
        if text.lower() not in ("true", "false"):
            raise MtlDemoError(f"{flag}: {name} must be true or false, found {shown(text)}.")
        return text.lower() == "true"
    if float in kinds:
        try:
            return float(text)
        except ValueError:
            raise MtlDemoError(f"{flag}: {name} must be a number, found {shown(text)}.") from None
    return text
