"""From rows that name pictures to a source with labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow

from mtldemo.data.labels.base import LabelColumns, LabelNotes, Labels
from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.column import Column
from mtldemo.data.labels.column_tasks import ColumnSummary, ColumnTasks, inferred_tasks, sentence
from mtldemo.data.labels.listing import Listing
from mtldemo.data.labels.rows import ManifestRows
from mtldemo.data.labels.splits import SPLITS, split_of
from mtldemo.data.labels.table_labels import TableLabels
from mtldemo.data.source import Source
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import TaskSet


@dataclass(frozen=True)
class LabelledSource:
    """Pictures, their labels, and ``columns``: what is known of each column they come from. ``pictures`` says whether
    they are ``FACES`` or ``WHOLE``, or is empty, where the tasks must say it."""

    source: Source
    labels: Labels
    columns: tuple[ColumnSummary, ...] = ()
    pictures: str = ""


def labelled_source(
    rows: ManifestRows, listing: Listing, choices: TaskChoices, title: str, notes: Sequence[str] = ()
) -> LabelledSource:
    """The pictures that ``rows`` name, with their labels. ``notes`` are further sentences on what was chosen.

    Raises ``MtlDemoError`` where no column is a label.
    """
    split = _splits(rows)
    training = split == SPLITS.index("train") if split is not None else None
    if training is not None and not training.any():
        training = None
    made = inferred_tasks(
        [rows.table.column(name) for name in rows.table.columns if name not in rows.roles.taken], choices, training
    )
    if not made.tasks:
        reasons = " ".join(sentence(summary) for summary in made.summaries[:3])
        raise MtlDemoError(f"{rows.files[0]} has no label that can be learned. {reasons}".strip())
    merged = _merged(rows, made, split)
    group = rows.table.columns[rows.roles.group] if rows.roles.group else None
    fold = _folds(rows)
    used = merged.rows
    names = listing.array.take(pyarrow.array(rows.pictures[used]))
    values = {name: column[used] for name, column in merged.values.items()}
    problems = _problems(rows, made, merged, values)
    columns = LabelColumns(
        values,
        problems,
        _repairs(rows, made, merged, problems),
        None if split is None else pyarrow.array([*SPLITS, ""]).take(pyarrow.array(split[used])),
        None if group is None else group.take(pyarrow.array(used)),
        None if fold is None else fold[used],
    )
    all_notes = (*notes, *rows.notes, *_role_notes(rows), *(sentence(summary) for summary in made.summaries))
    unnamed = len(listing.array) - len(names)
    if unnamed:
        all_notes += (
            f"{unnamed:,} picture{' is' if unnamed == 1 else 's are'} in the folder and in no row, and left out.",
        )
    questions = tuple(summary.question for summary in made.summaries if summary.question)
    labels = TableLabels(TaskSet(made.tasks), names, columns, LabelNotes(all_notes, questions, rows.rejected), choices)
    return LabelledSource(listing.source(names, title), labels, made.summaries)


@dataclass(frozen=True)
class _Merged:
    """``rows`` [M] that stand for one picture each, in their order; ``values`` [N] where rows of one
    picture are filled from each other; ``problems`` and ``repairs`` by row."""

    rows: np.ndarray
    values: dict[str, np.ndarray]
    problems: dict[int, str]
    repairs: dict[int, str]


def _merged(rows: ManifestRows, made: ColumnTasks, split: np.ndarray | None) -> _Merged:
    count = len(rows.pictures)
    times = np.bincount(rows.pictures)
    problems: dict[int, str] = {}
    repairs: dict[int, str] = {}
    if times.max(initial=0) < 2:
        return _Merged(np.arange(count), made.values, problems, repairs)
    order = np.argsort(rows.pictures, kind="stable")
    repeated = order[times[rows.pictures[order]] > 1]
    edges = np.flatnonzero(np.diff(rows.pictures[repeated])) + 1
    values = {name: column.copy() for name, column in made.values.items()}
    stays = np.ones(count, dtype=bool)
    table = np.stack([column[repeated] for column in values.values()], axis=1)
    for same, labels in zip(np.split(repeated, edges), np.split(table, edges), strict=True):
        # The most held-out split wins: a picture that is tested on isn't learned from.
        chosen = int(same[0] if split is None else same[np.argmax((split[same] + 1) % (len(SPLITS) + 1))])
        stays[same[same != chosen]] = False
        where = " and ".join(rows.where(row) for row in same.tolist()[:4])
        low, high = np.fmin.reduce(labels, axis=0), np.fmax.reduce(labels, axis=0)
        differing = np.flatnonzero(low < high)
        if len(differing):
            problems[chosen] = f"{where} name it and disagree about {_titles(made, differing)}"
            continue
        repairs[chosen] = f"{where} name it alike, so it is taken once"
        if split is not None and len({int(split[row]) for row in same}) > 1:
            repairs[chosen] += f", in the split {(*SPLITS, '')[split[chosen]]}"
        for name, value in zip(values, high.tolist(), strict=True):
            values[name][chosen] = value
    return _Merged(np.flatnonzero(stays), values, problems, repairs)


def _titles(made: ColumnTasks, which: np.ndarray) -> str:
    titles = [made.tasks[index].title for index in which.tolist()]
    return ", ".join(titles[:4]) + (f" and {len(titles) - 4} more" if len(titles) > 4 else "")


def _problems(rows: ManifestRows, made: ColumnTasks, merged: _Merged, values: dict[str, np.ndarray]) -> list[str]:
    problems = [""] * len(merged.rows)
    unlabelled = np.all([np.isnan(column) for column in values.values()], axis=0)
    for index in np.flatnonzero(unlabelled).tolist():
        row = int(merged.rows[index])
        reason = "; ".join(made.faults.get(row, ["it has no label"]))
        problems[index] = f"{rows.where(row)}: {reason}"
    if merged.problems:
        index_of = {row: index for index, row in enumerate(merged.rows.tolist())}
        for row, words in merged.problems.items():
            problems[index_of[row]] = words
    return problems


def _repairs(rows: ManifestRows, made: ColumnTasks, merged: _Merged, problems: list[str]) -> list[str]:
    repairs = [""] * len(merged.rows)
    if not made.faults and not merged.repairs:
        return repairs
    for index, row in enumerate(merged.rows.tolist()):
        if problems[index]:
            continue
        faults = made.faults.get(row, [])
        words = [merged.repairs[row]] if row in merged.repairs else []
        if faults:
            words.append(f"{rows.where(row)}: {'; '.join(faults)}, so that label is missing")
        repairs[index] = "; ".join(words)
    return repairs


def _splits(rows: ManifestRows) -> np.ndarray | None:
    """The split of each row, int64 [N]: an index into ``SPLITS``, or their number for none; None without any."""
    known = {**{name: index for index, name in enumerate(SPLITS)}, "": len(SPLITS)}
    by_table = np.array([known[split] for split in rows.splits])
    result = by_table[rows.tables]
    if rows.roles.split:
        column = rows.table.column(rows.roles.split)
        chosen = np.array([known[_split_value(text)] for text in column.texts], dtype=np.int64)
        of_column = chosen[column.codes]
        result = np.where(of_column < len(SPLITS), of_column, result)
    return None if (result == len(SPLITS)).all() else result


def _split_value(text: str) -> str:
    """A column that was chosen for the split may hold CelebA's 0, 1 and 2, too."""
    return split_of(text) or {"0": "train", "1": "val", "2": "test"}.get(text, "")


def _folds(rows: ManifestRows) -> np.ndarray | None:
    if not rows.roles.fold:
        return None
    return np.array([int(text) if text.isdigit() else -1 for text in rows.table.columns[rows.roles.fold].to_pylist()])


def _other_splits(rows: ManifestRows) -> str:
    """What becomes of the rows whose split is no known one."""
    column = Column.of(rows.roles.split, rows.table.columns[rows.roles.split])
    counts = dict(zip(column.texts, column.counts.tolist(), strict=True))
    other = {text: count for text, count in counts.items() if not _split_value(text)}
    if len(other) in (0, len(counts)):
        return ""
    shown = ", ".join(f"{text or 'an empty cell'} ({count:,} x)" for text, count in list(other.items())[:6])
    return f" None is {shown}; those pictures are in no split."


def _role_notes(rows: ManifestRows) -> list[str]:
    roles = rows.roles
    notes = [f"{roles.path} holds the pictures' paths."]
    notes += [f"{name} holds paths of pictures, too, and is left out." for name in roles.other_paths]
    notes += [f"{roles.split} says which split a picture belongs to.{_other_splits(rows)}"] if roles.split else []
    notes += [f"{roles.group} says which pictures belong together and stay in one split."] if roles.group else []
    notes += [f"{roles.fold} says which fold a picture belongs to."] if roles.fold else []
    return notes
