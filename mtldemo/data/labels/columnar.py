"""Files whose cells have types of their own, JSON and Parquet -> a table of texts.

An object in an object is columns of its own, ``labels.type``; a list of texts or numbers is one cell, ``a|b``.
"""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow
import pyarrow.json
import pyarrow.parquet

from mtldemo.data.labels.arrow import compute, texts, trimmed
from mtldemo.data.labels.table import Table, by_lines, column_names
from mtldemo.data.labels.text_file import text_file
from mtldemo.errors import MtlDemoError


def read_parquet(data: bytes, file: str) -> Table:
    """The table in the bytes of a ``.parquet``; its lines are its rows. Raises ``MtlDemoError``."""
    try:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(data))
    except (pyarrow.ArrowException, OSError) as error:
        raise MtlDemoError(f"{file} can't be read as Parquet; it is cut off, damaged or none; get it again.") from error
    return text_table(file, table, np.arange(1, table.num_rows + 1), [])


def read_json_lines(data: bytes, file: str) -> Table:
    """The table in the bytes of a ``.jsonl``: an object a line. Raises ``MtlDemoError`` where no line is one."""
    text = text_file(data, file)
    notes = [f"{file}: {text.note}."] if text.note else []
    if text.data.lstrip().startswith(b"["):
        raise MtlDemoError(f"{file} is one JSON list; give it the ending .json, or write an object a line.")
    numbers = np.array([number for number, line in enumerate(text.data.split(b"\n"), 1) if line.strip()])
    try:
        options = pyarrow.json.ReadOptions(block_size=2**23)
        table = pyarrow.json.read_json(io.BytesIO(text.data), read_options=options)
        odd = (pyarrow.types.is_timestamp, pyarrow.types.is_nested)
        if table.num_rows == len(numbers) and not any(is_odd(kind) for kind in table.schema.types for is_odd in odd):
            return text_table(file, table, numbers, notes)
    except pyarrow.ArrowInvalid:
        pass
    return _line_by_line(text.data, file, notes)


def _line_by_line(data: bytes, file: str, notes: list[str]) -> Table:
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    problems: list[tuple[int, str]] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict):
            rows.append(row)
            lines.append(number)
        else:
            problems.append((number, "it is no JSON object"))
    if not rows:
        raise MtlDemoError(f"{file} has no line with a JSON object; a manifest has one for each picture.")
    return table_of_objects(file, rows, lines, notes, problems)


def table_of_objects(
    file: str,
    rows: Sequence[Mapping[str, Any]],
    lines: Sequence[int],
    notes: Sequence[str] = (),
    problems: Sequence[tuple[int, str]] = (),
) -> Table:
    """The table of JSON objects ``rows`` [N], of which each begins in one of the ``lines`` [N]; ``problems`` are lines
    that hold none, and why."""
    flat = [_flat(row) for row in rows]
    keys = list(dict.fromkeys(key for row in flat for key in row))
    columns = [texts([row.get(key, "") for row in flat]) for key in keys]
    table = pyarrow.Table.from_arrays(columns, names=column_names(keys))
    return text_table(file, table, np.array(lines), list(notes), by_lines(file, problems))


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, str]:
    cells: dict[str, str] = {}
    for key, value in row.items():
        name = f"{before}{key}"
        cells |= _flat(value, f"{name}.") if isinstance(value, dict) and value else {name: _text(value)}
    return cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return "|".join(map(_text, value))
    return json.dumps(value)


def text_table(
    file: str, table: pyarrow.Table, lines: np.ndarray, notes: list[str], rejected: list[tuple[str, str]] | None = None
) -> Table:
    """The table of texts of an Arrow ``table``, whose rows stand in ``lines``; ``rejected`` is what is no row."""
    columns = {}
    while any(pyarrow.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    for name, column in zip(column_names(table.column_names), table.columns, strict=True):
        if _is_list_of_plain(column.type):
            column = compute.binary_join(compute.cast(column, pyarrow.list_(pyarrow.string())), "|")
        if pyarrow.types.is_nested(column.type) or pyarrow.types.is_binary(column.type):
            notes.append(f"{file}: the column {name} holds lists or bytes and is left out.")
            continue
        column = column.combine_chunks() if isinstance(column, pyarrow.ChunkedArray) else column
        columns[name] = trimmed(compute.fill_null(_as_text(column), ""))
    return Table(file, columns, lines.astype(np.int64), True, tuple(rejected or ()), tuple(notes))


def _is_list_of_plain(kind: pyarrow.DataType) -> bool:
    types = pyarrow.types
    plain = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    return types.is_list(kind) and any(is_plain(kind.value_type) for is_plain in plain)


def _as_text(column: pyarrow.Array) -> pyarrow.Array:
    if pyarrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pyarrow.types.is_floating(column.type):
        # A column of whole numbers with a gap comes as floats: 3.0 is the 3 that was meant.
        whole = compute.if_else(compute.is_finite(column), column, None)
        if compute.all(compute.equal(whole, compute.floor(whole))).as_py() and (
            compute.all(compute.less(compute.abs(whole), 2**53)).as_py()
        ):
            column = compute.cast(whole, pyarrow.int64(), safe=False)
    return compute.cast(column, pyarrow.string())
