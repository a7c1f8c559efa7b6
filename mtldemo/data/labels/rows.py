"""All rows of a data set's manifests: its tables as one, with the picture that each row names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.listing import Listing
from mtldemo.data.labels.picture_paths import PicturePaths
from mtldemo.data.labels.roles import Roles, path_column, roles_of
from mtldemo.data.labels.table import Rejected, Table, by_lines
from mtldemo.errors import MtlDemoError


@dataclass(frozen=True)
class ManifestRows:
    """``table`` has all rows [N], with an empty text where a table lacks the column. ``pictures`` int64 [N] are indices
    into the listing's. ``tables`` int64 [N] and ``lines`` int64 [N] say where a row stands, ``splits`` by table which
    split all of it belongs to. ``rejected`` are the lines that name no picture, ``notes`` what was chosen."""

    table: Table
    pictures: np.ndarray
    tables: np.ndarray
    lines: np.ndarray
    files: tuple[str, ...]
    splits: tuple[str, ...]
    roles: Roles
    rejected: tuple[Rejected, ...]
    notes: tuple[str, ...]

    def where(self, row: int) -> str:
        """The file and the line of a row."""
        return f"{self.files[self.tables[row]]}, line {self.lines[row]}"


def names_pictures(table: Table, listing: Listing, choices: TaskChoices, base: str = "") -> bool:
    """Whether the table has a column with paths that lead to pictures, or that at least look so."""
    return bool(path_column(table, choices, _hits(table, listing, base))[0])


def joined_rows(tables: Sequence[Table], listing: Listing, choices: TaskChoices, base: str = "") -> ManifestRows:
    """The rows of ``tables`` that name a picture of ``listing``; ``base`` is the folder that a person chose.

    Raises ``MtlDemoError`` where no column holds paths, and where no row names a picture.
    """
    first = tables[0]
    path, others = path_column(first, choices, _hits(first, listing, base))
    if not path:
        if reason := first.without_row():
            raise MtlDemoError(reason)
        raise MtlDemoError(
            f"{first.file} has no column whose cells name pictures; choose the column with their paths "
            f"(it has: {', '.join(list(first.columns)[:12])})."
        )
    rejected: list[Rejected] = [item for table in tables for item in table.rejected]
    notes: list[str] = []
    alike: list[Table] = []
    for table in tables:
        if table.header and path not in table.columns:
            table = _with_own_path(table, choices, listing, base, path)
        notes += table.notes
        fitted, reason = _fitted(table, first, path)
        if fitted is None:
            rejected += by_lines(table.file, ((int(line), reason) for line in table.lines))
        else:
            alike.append(fitted)
    first = alike[0]
    if path not in first.columns:
        path = "path"
    roles = roles_of(_whole(alike), path, [name for name in others if name in first.columns], choices)
    paths, used, pictures = PicturePaths(listing.array, listing.path), list[Table](), list[np.ndarray]()
    for table in alike:
        if path not in table.columns:
            reason = f"{table.file} has no column {path}, and no other with paths of pictures"
            rejected += by_lines(table.file, ((int(line), reason) for line in table.lines))
            continue
        indices = paths.indices_of(table.columns[path], base or table.base, table.split)
        missing = np.flatnonzero(indices < 0)
        if len(missing):
            texts = table.columns[path].take(pyarrow.array(missing)).to_pylist()
            lines = table.lines[missing].tolist()
            problems = ((line, paths.why_not(text)) for line, text in zip(lines, texts, strict=True))
            rejected += by_lines(table.file, problems)
            table = table.taken(indices >= 0)
            indices = indices[indices >= 0]
        used.append(table)
        pictures.append(indices)
    if not sum(map(len, used)):
        reason = f"; {rejected[0][0]}: {rejected[0][1]}" if rejected else ""
        raise MtlDemoError(
            f"No row of {_listed([table.file for table in tables])} names a picture that is there{reason}."
        )
    notes += _prefix_notes(paths)
    return ManifestRows(
        _whole(used),
        np.concatenate(pictures),
        np.repeat(np.arange(len(used)), [len(table) for table in used]),
        np.concatenate([table.lines for table in used]),
        tuple(table.file for table in used),
        tuple(table.split for table in used),
        roles,
        tuple(rejected),
        (*notes, *_lacking(used)),
    )


def _hits(table: Table, listing: Listing, base: str) -> Callable[[pyarrow.Array], int]:
    """Counts how many of some paths name a picture that is there."""

    def count(paths: pyarrow.Array) -> int:
        looked = PicturePaths(listing.array, listing.path).indices_of(paths, base or table.base, table.split)
        return int((looked >= 0).sum())

    return count


def _with_own_path(table: Table, choices: TaskChoices, listing: Listing, base: str, path: str) -> Table:
    """``table`` with its own column of paths, where it has one, called ``path`` as the first table's is."""
    own, _ = path_column(table, replace(choices, path=""), _hits(table, listing, base))
    if not own:
        return table
    columns = {path if name == own else name: column for name, column in table.columns.items()}
    note = f"{own} of {table.file} holds the pictures' paths, as {path} does elsewhere."
    return replace(table, columns=columns, notes=(*table.notes, note))


def _fitted(table: Table, first: Table, path: str) -> tuple[Table | None, str]:
    """``table`` with the columns' names of the ``first``, or None and the reason why its rows can't be read."""
    names = list(first.columns)
    if not first.header:
        labels = [name for name in names if name != path]
        made = all(name.startswith("column ") for name in labels)
        names = ["path" if name == path else f"label_{labels.index(name) + 1}" if made else name for name in names]
    elif table.header:
        return table, ""
    if len(table.columns) != len(names):
        return None, f"it has {len(table.columns)} values, where {first.file} has {len(names)}"
    columns = dict(zip(names, table.columns.values(), strict=True))
    return Table(
        table.file, columns, table.lines, table.header, table.rejected, table.notes, table.split, table.base
    ), ""


def _whole(tables: Sequence[Table]) -> Table:
    if len(tables) == 1:
        return tables[0]
    names = dict.fromkeys(name for table in tables for name in table.columns)
    columns = {}
    for name in names:
        parts = [table.columns.get(name, pyarrow.array([""]).take(_zeros(len(table)))) for table in tables]
        columns[name] = pyarrow.concat_arrays(parts)
    lines = np.concatenate([table.lines for table in tables])
    return Table(tables[0].file, columns, lines, tables[0].header)


def _zeros(count: int) -> pyarrow.Array:
    return pyarrow.array(np.zeros(count, dtype=np.int64))


def _prefix_notes(paths: PicturePaths) -> list[str]:
    notes = []
    for (drop, put), count in paths.prefixes.items():
        where = f"are looked up in {put}" if put else "are looked up in the folder itself"
        left = f", without {drop} before them" if drop else ""
        notes.append(f"The paths of {count:,} rows {where}{left}, as they aren't where the manifest says.")
    for spelling, count in paths.spellings.items():
        if count:
            notes.append(f"The names of the pictures of {count:,} row{'' if count == 1 else 's'} {spelling}.")
    return notes


def _lacking(tables: Sequence[Table]) -> list[str]:
    """Which columns a table of several lacks."""
    names = dict.fromkeys(name for table in tables for name in table.columns)
    notes = []
    for table in tables:
        lacking = [name for name in names if name not in table.columns]
        if lacking:
            notes.append(f"{table.file} has no column {_listed(lacking)}, so those labels are missing there.")
    return notes


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
