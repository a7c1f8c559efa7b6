"""CSV that a person opens in a spreadsheet: no text runs as a formula, and letters are read as what they are.

A spreadsheet takes a text that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, wherever it comes from: the name
of a picture, a run or a column, a note. Such a text gets an apostrophe before it (OWASP, CSV Injection); numbers stay
numbers, also where they are written as texts. Excel reads a file as UTF-8 only where that begins with a mark; what is
printed for another program has none.
"""

import codecs
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = re.compile(r"(\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n]).", re.DOTALL)
"""What runs, also behind blanks, or hides what does; the wide forms of the four signs are Excel's in some languages."""
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*\Z")


def neutral(cell: Any) -> Any:
    """``cell`` as a spreadsheet shows it and doesn't run it; what is no text stays as it is."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.match(cell):
        return f"'{cell}"
    return cell


def csv_file(table: "pd.DataFrame", float_format: str | None = None) -> bytes:
    """The content of a CSV file that holds ``table``, without its index."""
    from pandas.api.types import is_numeric_dtype

    columns = {number: column for number, (_, column) in enumerate(table.items())}
    safe = {number: column if is_numeric_dtype(column) else column.map(neutral) for number, column in columns.items()}
    safe_table = type(table)(safe, index=table.index).set_axis([neutral(name) for name in table.columns], axis=1)
    return as_file(safe_table.to_csv(index=False, float_format=float_format, lineterminator="\n"))


def as_file(text: str) -> bytes:
    """CSV ``text`` as the content of a file: UTF-8, and said to be."""
    return codecs.BOM_UTF8 + text.encode(errors="backslashreplace")
