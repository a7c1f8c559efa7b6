"""Files that may be a manifest, by their ending."""

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.columnar import read_json_lines, read_parquet
from mtldemo.data.labels.delimited import read_delimited
from mtldemo.data.labels.table import Table

ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", ".parquet")


def read_table(data: bytes, file: str, choices: TaskChoices) -> Table:
    """The table in the bytes of ``file``. Raises ``MtlDemoError`` that names it, where it isn't one."""
    ending = file.lower()
    if ending.endswith(".parquet"):
        return read_parquet(data, file)
    if ending.endswith(".jsonl"):
        return read_json_lines(data, file)
    return read_delimited(data, file, choices)
