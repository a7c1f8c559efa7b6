"""Files whose cells have types of their own, JSON lines and Parquet -> a table of texts."""

import io
import json
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
        raise MtlDemoError(f"{file} can't be read as Parquet: {str(error).splitlines()[0]}.") from error
    return _table(file, table, np.arange(1, table.num_rows + 1), [])


def read_json_lines(data: bytes, file: str) -> Table:
    """The table in the bytes of a ``.jsonl``: an object a line. Raises ``MtlDemoError`` where no line is one."""
    text = text_file(data, file)
    notes = [f"{file}: {text.note}."] if text.note else []
    if text.data.lstrip().startswith(b"["):
        raise MtlDemoError(f"{file} is one JSON list; write an object a line, as JSON lines are.")
    numbers = np.array([number for number, line in enumerate(text.data.split(b"\n"), 1) if line.strip()])
    try:
        options = pyarrow.json.ReadOptions(block_size=2**23)
        table = pyarrow.json.read_json(io.BytesIO(text.data), read_options=options)
        if table.num_rows == len(numbers) and not any(pyarrow.types.is_timestamp(kind) for kind in table.schema.types):
            return _table(file, table, numbers, notes)
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
    keys = list(dict.fromkeys(key for row in rows for key in row))
    columns = [texts([_text(row.get(key)) for row in rows]) for key in keys]
    table = pyarrow.Table.from_arrays(columns, names=column_names(keys))
    return _table(file, table, np.array(lines), notes, by_lines(file, problems))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


def _table(
    file: str, table: pyarrow.Table, lines: np.ndarray, notes: list[str], rejected: list[tuple[str, str]] | None = None
) -> Table:
    columns = {}
    for name, column in zip(column_names(table.column_names), table.columns, strict=True):
        if pyarrow.types.is_nested(column.type) or pyarrow.types.is_binary(column.type):
            notes.append(f"{file}: the column {name} holds lists or bytes and is left out.")
            continue
        columns[name] = trimmed(compute.fill_null(_as_text(column.combine_chunks()), ""))
    return Table(file, columns, lines.astype(np.int64), True, tuple(rejected or ()), tuple(notes))


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
