"""Text with cells between commas, semicolons, tabs or spaces -> a table, with the exact line of every row."""

import csv
import io
import re
import statistics
from collections.abc import Sequence

import numpy as np
import pyarrow
import pyarrow.csv

from mtldemo.data.labels.arrow import trimmed
from mtldemo.data.labels.choices import DELIMITER_WORDS, TaskChoices
from mtldemo.data.labels.mended_lines import with_whole_header, without_control
from mtldemo.data.labels.numbers import is_number
from mtldemo.data.labels.spaced_paths import spaced, spaces_in
from mtldemo.data.labels.table import Table, by_lines, column_names
from mtldemo.data.labels.text_file import text_file
from mtldemo.data.picture_files import EXTENSIONS
from mtldemo.errors import MtlDemoError

DELIMITERS = ("\t", ";", ",", "|", " ")
"""In the order of preference: a cell may hold what comes later, as ``1,5`` between semicolons does."""
SPACES = (b" ", b"\t", b"\r", b"\x0b", b"\x0c")
"""What is trimmed from around a cell; each is looked for faster than all by one pattern."""
SAMPLE_LINES = 100
MOST_COLUMNS = 1_000
MOST_UNCLOSED = 100
"""Rows with an open quote that are read again, in each of which all that follows may stand."""
PATH_NAMES = (
    "file",
    "file_name",
    "filename",
    "fname",
    "file_path",
    "filepath",
    "path",
    "img_path",
    "image_path",
    "imagepath",
    "image_id",
    "image_name",
    "img_name",
    "imagename",
    "image",
    "images",
    "img",
    "picture",
    "photo",
    "pic",
    "image_file",
    "img_file",
    "src",
    "key",
)
"""What a column with paths of pictures is usually called, in lower case, words joined by ``_``."""
_SEPARATOR_LINE = re.compile(rb'"?sep=(.)"?\n', re.IGNORECASE)


def read_delimited(data: bytes, file: str, choices: TaskChoices) -> Table:
    """The table in the bytes of ``file``. Raises ``MtlDemoError`` for an empty file and for what isn't text."""
    text = text_file(data, file)
    notes = [f"{file}: {text.note}."] if text.note else []
    content, odd = without_control(text.data)
    skipped = 0
    if excel := _SEPARATOR_LINE.match(content):  # Excel's own first line
        content, skipped = content[excel.end() :], 1
    delimiter = DELIMITER_WORDS.get(choices.delimiter.lower(), choices.delimiter)
    delimiter = delimiter or (excel[1].decode() if excel else _delimiter(content))
    if delimiter == " ":
        content = spaced(content)
    content = with_whole_header(content, delimiter)
    most = max(map(len, (line.split(delimiter.encode()) for line in content.lstrip().split(b"\n", 3)[:3])))
    if most > MOST_COLUMNS:
        raise MtlDemoError(
            f"{file} has {most:,} columns in a line; a manifest may have {MOST_COLUMNS:,}, the picture and its labels."
        )
    columns, lines, problems = _cells(content, delimiter)
    if not columns:
        raise MtlDemoError(f"{file} has no row that can be read; a manifest has a line for each picture.")
    if any(space in content for space in SPACES) or not content.isascii():
        columns = [trimmed(column) for column in columns]
    first = [column[0].as_py() for column in columns]
    header = _is_header(columns, first) if choices.header is None else choices.header
    names = column_names(first) if header else _made_names(len(first), choices)
    if header:
        columns, lines = [column.slice(1) for column in columns], lines[1:]
    problems = sorted([*odd, *((line + skipped, reason) for line, reason in problems)])
    rejected = by_lines(file, problems)
    return Table(file, dict(zip(names, columns, strict=True)), lines + skipped, header, tuple(rejected), tuple(notes))


def plain_name(name: str) -> str:
    """A column's name to compare with usual ones: lower case, words joined by ``_``."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")


def _delimiter(content: bytes) -> str:
    """What most of the first lines have the same number of."""
    lines = [line for line in content[: 2**20].decode(errors="replace").split("\n", SAMPLE_LINES + 1) if line.strip()]
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        counts = [spaces_in(line) if delimiter == " " else _count(line, delimiter) for line in lines[:SAMPLE_LINES]]
        usual = statistics.mode(counts) if counts else 0
        share = counts.count(usual) / len(counts) if usual else 0.0
        if share > most + 0.1:
            best, most = delimiter, share
    return best


def _count(line: str, delimiter: str) -> int:
    return re.sub(r'"[^"]*"', "", line).count(delimiter)


def _cells(content: bytes, delimiter: str) -> tuple[list[pyarrow.Array], np.ndarray, list[tuple[int, str]]]:
    """Columns (the header is still a row), the line of each row, and (line, reason) of what is no row."""
    if len(delimiter.encode()) > 1:
        return _slowly(content, delimiter)
    if b'"' in content:
        return _quoted(content, delimiter) or _slowly(content, delimiter)
    if columns := _whole(content, delimiter):
        return columns, np.arange(1, len(columns[0]) + 1), []
    letters = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    if not len(ends) or ends[-1] != len(letters) - 1:
        ends = np.append(ends, len(letters))
    starts = np.concatenate(([0], ends[:-1] + 1))
    marks = np.flatnonzero(letters == ord(delimiter))
    counts = np.diff(np.searchsorted(marks, np.append(starts, len(letters)))) + 1
    filled = ends > starts
    width = _width(counts[filled])
    lines, fits = np.arange(1, len(starts) + 1), filled & (counts == width)
    problems = []
    for row in np.flatnonzero(filled & (counts != width)).tolist():
        if content[starts[row] : ends[row]].strip():
            problems.append((row + 1, _ragged(int(counts[row]), width)))
    if not fits.all():
        content = b"\n".join(
            content[start:end] for start, end in zip(starts[fits].tolist(), ends[fits].tolist(), strict=True)
        )
    columns = _parsed(content, delimiter, width, quoted=False)
    if columns is None or len(columns[0]) != fits.sum():
        return _slowly(content, delimiter) if fits.all() else ([], lines[:0], problems)
    return columns, lines[fits], problems


def _whole(content: bytes, delimiter: str) -> list[pyarrow.Array] | None:
    """The columns, where each line is a row and all have as many cells; None where that isn't so."""
    width = content.partition(b"\n")[0].count(delimiter.encode()) + 1
    columns = _parsed(content, delimiter, width, quoted=False)
    count = content.count(b"\n") + (not content.endswith(b"\n"))
    return columns if columns and len(columns[0]) == count else None


def _width(counts: np.ndarray) -> int:
    """How many cells a row has: as the first line says, unless hardly any other line has so many."""
    usual = int(np.bincount(np.minimum(counts, MOST_COLUMNS)).argmax())
    first = int(counts[0])
    return first if (counts == first).mean() > 0.1 and (counts == first).sum() > 1 else usual


def _ragged(count: int, width: int) -> str:
    return f"it has {count:,} {'value' if count == 1 else 'values'}, where {width:,} are expected"


def _quoted(content: bytes, delimiter: str) -> tuple[list[pyarrow.Array], np.ndarray, list[tuple[int, str]]] | None:
    """As ``_cells``, where each row is one line and every line has as many cells; None where that isn't so."""
    lines = np.array([number for number, line in enumerate(content.split(b"\n"), 1) if line], dtype=np.int64)
    head = io.StringIO(content.lstrip(b"\n")[: 2**20].decode(errors="replace"))
    width = len(next(csv.reader(head, delimiter=delimiter)))
    columns = _parsed(content, delimiter, width, quoted=True)
    return (columns, lines, []) if columns and len(columns[0]) == len(lines) else None


def _parsed(content: bytes, delimiter: str, width: int, *, quoted: bool) -> list[pyarrow.Array] | None:
    names = [str(number) for number in range(width)]
    try:
        table = pyarrow.csv.read_csv(
            pyarrow.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=2**23),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, quote_char='"' if quoted else False, newlines_in_values=quoted
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pyarrow.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pyarrow.ArrowInvalid:
        return None
    return [column.combine_chunks() for column in table.columns]


def _slowly(content: bytes, delimiter: str) -> tuple[list[pyarrow.Array], np.ndarray, list[tuple[int, str]]]:
    """As ``_cells``, row by row, for cells with line ends in them and for ragged rows with quotes."""
    texts = content.decode(errors="replace").split("\n")
    rows, lines, unclosed = _records(texts, delimiter, range(len(texts)))
    if not rows:
        return [], np.array([], dtype=np.int64), unclosed
    width = _width(np.array([len(row) for row in rows]))
    rows, lines, problems = _reread(texts, delimiter, rows, lines, width)
    problems += unclosed
    problems += [(line, _ragged(len(row), width)) for row, line in zip(rows, lines, strict=True) if len(row) != width]
    fits = [index for index, row in enumerate(rows) if len(row) == width]
    cells = zip(*(rows[index] for index in fits), strict=True)
    columns = [pyarrow.array(column, pyarrow.string()) for column in cells]
    return columns, np.array([lines[index] for index in fits], dtype=np.int64), sorted(problems)


def _records(
    texts: Sequence[str], delimiter: str, which: range
) -> tuple[list[list[str]], list[int], list[tuple[int, str]]]:
    """The rows of ``which`` lines, the line that each begins in, and what can't be read."""
    rows: list[list[str]] = []
    lines: list[int] = []
    problems: list[tuple[int, str]] = []
    start = which.start
    while start < which.stop:
        reader = csv.reader((texts[index] + "\n" for index in range(start, which.stop)), delimiter=delimiter)
        before = 0
        try:
            for row in reader:
                if any(cell.strip() for cell in row) or len(row) > 1:
                    rows.append(row)
                    lines.append(start + before + 1)
                before = reader.line_num
        except csv.Error as error:
            start += before + 1
            problems.append((start, f"it can't be read ({error})"))
            if len(problems) < MOST_UNCLOSED:
                continue
            problems.append((start + 1, "nothing is read from here on, as so much before it can't be"))
        break
    return rows, lines, problems


def _reread(
    texts: Sequence[str], delimiter: str, rows: list[list[str]], lines: list[int], width: int, deep: int = 20
) -> tuple[list[list[str]], list[int], list[tuple[int, str]]]:
    """The rows, where one that goes over many lines and doesn't fit is read again from its second line on: its quote
    was never closed, so that it took in the rows behind it. ``deep`` is how often that may happen within such a row."""
    whole: list[list[str]] = []
    begins: list[int] = []
    problems: list[tuple[int, str]] = []
    for index, (row, line) in enumerate(zip(rows, lines, strict=True)):
        last = lines[index + 1] - 1 if index + 1 < len(lines) else len(texts)
        if len(row) == width or last <= line or not deep or len(problems) >= MOST_UNCLOSED:
            whole.append(row)
            begins.append(line)
            continue
        problems.append((line, "it has a quote that is not closed"))
        again, starts, others = _records(texts, delimiter, range(line, last))
        again, starts, more = _reread(texts[:last], delimiter, again, starts, width, deep - 1)
        whole, begins, problems = whole + again, begins + starts, [*problems, *others, *more]
    return whole, begins, problems


def _is_header(columns: Sequence[pyarrow.Array], first: list[str]) -> bool:
    """Whether the first row names the columns: one is a usual name, or doesn't look like what stands below it."""
    if any(cell.lower().endswith(EXTENSIONS) for cell in first):
        return False
    if any(plain_name(cell) in PATH_NAMES for cell in first) or len(columns[0]) == 1:
        return True
    for column, cell in zip(columns, first, strict=True):
        below = column.slice(1, SAMPLE_LINES).to_pylist()
        if sum(text.lower().endswith(EXTENSIONS) for text in below) > len(below) / 2:
            return True
        if not is_number(cell) and all(is_number(text) for text in below if text):
            return True
    return False


def _made_names(count: int, choices: TaskChoices) -> list[str]:
    if choices.names and len(choices.names) != count:
        raise MtlDemoError(
            f"{len(choices.names)} names are given for {count} columns; name every one, that of the paths, too."
        )
    return column_names(choices.names or [""] * count)
