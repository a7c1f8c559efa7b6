"""A ``.json`` file with a list of objects, one for each picture -> a table of texts.

    [{"path": "a.jpg", "type": "rose"}, ...]        the list itself, or the only list in an object, such as "data"
    {"a.jpg": {"type": "rose"}, ...}                an object or a label by the picture's name
    {"path": ["a.jpg", ...], "type": ["rose", ...]} a list for each column, or an object by row, as pandas writes it
    {"classes": ["rose", ...], "labels": {"a": 0}}  FiftyOne's: the index of a class by the picture's name

What is typed by its own file, mmpretrain's, is a format of its own.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from mtldemo.data.labels.columnar import table_of_objects
from mtldemo.data.labels.delimited import PATH_NAMES, plain_name
from mtldemo.data.labels.table import Table
from mtldemo.data.labels.text_file import text_file
from mtldemo.errors import MtlDemoError

_SPACE = re.compile(r"[\s,]*")
COCO = {"images", "annotations"}


def read_json_list(data: bytes, file: str) -> Table:
    """The table in the bytes of a ``.json``. Raises ``MtlDemoError`` for what holds no list of pictures."""
    text = text_file(data, file)
    notes = [f"{file}: {text.note}."] if text.note else []
    whole = text.data.decode(errors="replace")
    if whole.lstrip().startswith("["):
        return _of_list(whole, whole.index("[") + 1, file, notes)
    values = parsed_json(whole, file)
    if not isinstance(values, dict) or not values:
        raise MtlDemoError(f"{file} is neither a JSON list nor an object; a manifest is a list of objects.")
    if set(values) >= COCO:
        raise MtlDemoError(
            f"{file} is COCO's: it has boxes, several for a picture; write a list with one object or line for each "
            "picture and its labels."
        )
    lists = [key for key, value in values.items() if _is_objects(value)]
    if len(lists) == 1 and (start := re.search(rf"{re.escape(json.dumps(lists[0]))}\s*:\s*\[", whole)):
        return _of_list(whole, start.end(), file, notes)
    rows = _rows(values)
    if not rows:
        raise MtlDemoError(f"{file} holds no list of objects; a manifest has an object for each picture.")
    return table_of_objects(file, rows, range(1, len(rows) + 1), notes)


def parsed_json(text: str, file: str) -> Any:
    """What a JSON ``text`` holds. Raises ``MtlDemoError`` with the line of what is wrong."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise MtlDemoError(f"{file}, line {error.lineno}, can't be read as JSON: {error.msg}.") from error
    except RecursionError as error:
        raise MtlDemoError(f"{file} can't be read as JSON: it is nested too deeply.") from error


def _of_list(text: str, offset: int, file: str, notes: list[str]) -> Table:
    """The objects of the list that begins before ``offset``, each with the line that it begins in."""
    decoder = json.JSONDecoder()
    rows: list[Mapping[str, Any]] = []
    lines: list[int] = []
    problems: list[tuple[int, str]] = []
    line, counted = 1, 0
    while True:
        offset = _end_of_space(text, offset)
        line, counted = line + text.count("\n", counted, offset), offset
        if offset >= len(text):
            problems.append((line, "the list isn't closed, so the file may be cut off"))
            break
        if text[offset] == "]":
            break
        try:
            value, offset = decoder.raw_decode(text, offset)
        except (json.JSONDecodeError, RecursionError) as error:
            at = line + text.count("\n", counted, error.pos) if isinstance(error, json.JSONDecodeError) else line
            problems.append((at, "it can't be read as JSON, so nothing is read from here on"))
            break
        if isinstance(value, dict):
            rows.append(value)
            lines.append(line)
        else:
            problems.append((line, "it is no JSON object"))
    if not rows:
        reason = f"; line {problems[0][0]}: {problems[0][1]}" if problems else ""
        raise MtlDemoError(f"{file} has no JSON object in its list; a manifest has one for each picture{reason}.")
    return table_of_objects(file, rows, lines, notes, problems)


def _end_of_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _is_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _rows(values: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of an object that holds them by the picture's name, or by column."""
    if isinstance(labels := values.get("labels"), dict) and isinstance(classes := values.get("classes"), list):
        return [{"path": name, "label": _class(classes, label)} for name, label in labels.items()]
    if any(plain_name(key) in PATH_NAMES for key in values):
        columns = {key: list(value.values()) if isinstance(value, dict) else value for key, value in values.items()}
        counts = {len(column) if isinstance(column, list) else -1 for column in columns.values()}
        if len(counts) != 1 or counts == {-1}:
            return []
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if all(isinstance(value, dict) for value in values.values()):
        return [{"path": name, **value} for name, value in values.items()]
    plain = all(not isinstance(value, dict | list) for value in values.values())
    return [{"path": name, "label": value} for name, value in values.items()] if plain else []


def _class(classes: list[Any], label: Any) -> Any:
    known = isinstance(label, int) and not isinstance(label, bool) and 0 <= label < len(classes)
    return classes[label] if known else label
