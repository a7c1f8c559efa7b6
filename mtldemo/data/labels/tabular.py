"""Files that may be a manifest, by their ending."""

import gzip
import io
import zlib

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.columnar import read_json_lines, read_parquet
from mtldemo.data.labels.delimited import read_delimited
from mtldemo.data.labels.json_list import read_json_list
from mtldemo.data.labels.table import Table
from mtldemo.errors import MtlDemoError

_PLAIN = (".csv", ".tsv", ".txt", ".jsonl", ".json")
SHEETS = (".xlsx", ".xls", ".ods")
"""Spreadsheets, which aren't read."""
GZIP = ".gz"
ENDINGS = (*_PLAIN, *SHEETS, ".parquet", *(ending + GZIP for ending in _PLAIN))
LARGEST = 2**31
"""Bytes that a packed table may have unpacked."""


def read_table(data: bytes, file: str, choices: TaskChoices) -> Table:
    """The table in the bytes of ``file``. Raises ``MtlDemoError`` that names it, where it isn't one."""
    ending = file.lower().removesuffix(GZIP)
    if ending.endswith(SHEETS):
        raise MtlDemoError(f"{file} is a spreadsheet, which isn't read; save the sheet with the labels as .csv.")
    if data.startswith(b"\x1f\x8b"):
        data = _unpacked(data, file)
    if ending.endswith(".parquet"):
        return read_parquet(data, file)
    if ending.endswith(".json"):
        return read_json_list(data, file)
    if ending.endswith(".jsonl"):
        return read_json_lines(data, file)
    return read_delimited(data, file, choices)


def _unpacked(data: bytes, file: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            content = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise MtlDemoError(f"{file} can't be unpacked ({error}); get it again.") from error
    if len(content) > LARGEST:
        raise MtlDemoError(f"{file} is larger than {LARGEST / 2**30:.0f} GB unpacked; divide it.")
    return content
