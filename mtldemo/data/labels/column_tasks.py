"""From columns of texts to tasks and their labels."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow

from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.column import LARGEST, Column
from mtldemo.data.labels.infer import LONGEST_CLASS, MARKS, Inferred, infer
from mtldemo.data.labels.merged import merged_spellings
from mtldemo.data.labels.numbers import is_float
from mtldemo.data.labels.task_names import chosen_name, one_line, task_name, task_title
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import Task, kind_named
from mtldemo.tasks.task import BINARY, REGRESSION

EXAMPLES = 12


@dataclass(frozen=True)
class ColumnSummary:
    """What is known of one column, for a page: its ``name``, the ``kind`` (empty where it is left out) and the
    ``reason``; some ``examples``, how often each of the most frequent values is there (``counts``), how many labels are
    ``missing``, and the ``tasks`` made of it. ``values`` are the texts of the classes in the order of their indices.
    ``choice`` is what was chosen for it, which goes by the name ``key``."""

    name: str
    kind: str
    reason: str
    examples: tuple[str, ...]
    counts: Mapping[str, int]
    missing: int
    tasks: tuple[str, ...] = ()
    question: str = ""
    values: tuple[str, ...] = ()
    key: str = ""
    choice: ColumnChoice = field(default_factory=ColumnChoice)


@dataclass(frozen=True)
class ColumnTasks:
    """The ``tasks`` of some columns with their ``values`` float64 [N] each, NaN for none; ``faults`` by row: what is
    wrong with a label in words."""

    tasks: tuple[Task, ...]
    values: dict[str, np.ndarray]
    summaries: tuple[ColumnSummary, ...]
    faults: dict[int, list[str]]


def inferred_tasks(columns: Sequence[Column], choices: TaskChoices, training: np.ndarray | None = None) -> ColumnTasks:
    """The tasks of ``columns``; ``training`` bool [N] are the rows that are learned from, whose labels alone say which
    classes and which range there are (by default all)."""
    tasks: list[Task] = []
    values: dict[str, np.ndarray] = {}
    summaries: list[ColumnSummary] = []
    faults: dict[int, list[str]] = {}
    used, titles = set[str](), set[str]()
    names = {column.name for column in columns}
    for number, column in enumerate(columns, 1):
        name = column.name
        taken = [*values]
        made = task_name(name, taken, number)
        # A column's own name stands for nothing else.
        keys = [key for key in choices.columns if key == name or (key == made and key not in names)]
        used |= set(keys)
        choice = choices.of(*keys)
        column, alike = merged_spellings(column, choice)
        learned = column if training is None else column.within(training)
        left_out = Inferred("", "it was chosen so", column.missing(choice.missing))
        inferred = left_out if choice.left_out else infer(learned, choice, training)
        if choice.kind and not inferred.kind and not choice.left_out:
            raise MtlDemoError(f"{name} can't be {kind_named(choice.kind).title}, as was chosen: {inferred.reason}.")
        of_column = _tasks(name, number, inferred, choice, taken, column.unit if inferred.kind == REGRESSION else "")
        if inferred.kind:
            for task, of_distinct in of_column:
                # Two columns called Type and type, say, are told apart.
                title = task.title if task.title not in titles else f"{task.title} ({task.name})"
                titles.add(title)
                tasks.append(dataclasses.replace(task, title=title))
                values[task.name] = of_distinct(column)[column.codes]
            _find_faults(column, learned, inferred, choice, values[of_column[0][0].name], faults)
        question = " ".join(filter(None, [inferred.question, alike if inferred.values else ""]))
        inferred = dataclasses.replace(inferred, question=question)
        summary = _summary(column, inferred, tuple(task.name for task, _ in of_column))
        summaries.append(dataclasses.replace(summary, key=next(iter(keys), name), choice=choice))
    if unknown := [name for name in choices.columns if name not in used]:
        known = ", ".join(column.name for column in columns[:12])
        raise MtlDemoError(f"There is no column or task {unknown[0]!r} to choose for; there are: {known}.")
    return ColumnTasks(tuple(tasks), values, tuple(summaries), faults)


def _tasks(name: str, number: int, inferred: Inferred, choice: ColumnChoice, taken: Sequence[str], unit: str) -> list:
    """Each task of a column, with the function that gives its value of each different text."""
    taken = list(taken)
    if not inferred.kind:
        return []
    if inferred.kind == MARKS:
        made = []
        for mark in inferred.values:
            title = f"{one_line(choice.title) or task_title(name)}: {mark}"
            task = Task(task_name(f"{name} {mark}", taken, number), title, BINARY, classes=("no", "yes"))
            taken.append(task.name)
            made.append((task, lambda column, mark=mark: _marked(column, inferred.missing, mark)))
        return made
    task = Task(
        name=chosen_name(choice.name, taken) if choice.name else task_name(name, taken, number),
        title=one_line(choice.title) or task_title(name),
        kind=inferred.kind,
        classes=inferred.classes,
        low=inferred.low,
        high=inferred.high,
        unit=choice.unit or unit,
        sensitive=choice.sensitive,
    )
    if inferred.kind == REGRESSION:
        return [(task, lambda column: np.where(inferred.missing, np.nan, column.numbers + choice.offset))]
    return [(task, lambda column: _indices(column, inferred))]


def _indices(column: Column, inferred: Inferred) -> np.ndarray:
    """float64 [D]: the class index of each different text, NaN for what is no class; 2, 2.0 and 02 are one."""
    class_indices = {text: index for index, text in enumerate(inferred.values)}
    result = np.array([class_indices.get(text, np.nan) for text in column.texts], dtype=np.float64)
    for index, value in enumerate(Column.of("", pyarrow.array(inferred.values)).numbers):
        if np.isfinite(value):
            result[np.isnan(result) & (column.numbers == value)] = index
    result[inferred.missing] = np.nan
    return result


def _marked(column: Column, missing: np.ndarray, mark: str) -> np.ndarray:
    has = [mark in {part.strip() for part in text.split("|")} for text in column.texts]
    return np.where(missing, np.nan, np.array(has, dtype=np.float64))


def _find_faults(
    column: Column,
    learned: Column,
    inferred: Inferred,
    choice: ColumnChoice,
    values: np.ndarray,
    faults: dict[int, list[str]],
) -> None:
    rows = np.flatnonzero(np.isnan(values) & ~inferred.missing[column.codes])
    for row in rows.tolist():
        code = column.codes[row]
        text = column.distinct[int(code)].as_py()
        shown = text if len(text) <= 60 else text[:59] + "…"
        if inferred.kind == REGRESSION:
            reason = f"is no number in {column.unit}" if column.unit else "is no number"
            reason = f"is beyond {LARGEST:g}, the most that is learned" if is_float(text) else reason
        elif len(text) > LONGEST_CLASS:
            reason = f"has {len(text):,} letters, too many for a class"
        elif not choice.classes and learned.counts[code] == 0:
            reason = "is the label of no training picture"
        else:
            reason = "is none of its classes"
        faults.setdefault(row, []).append(f"{column.name} {shown!r} {reason}")


def _summary(column: Column, inferred: Inferred, tasks: tuple[str, ...]) -> ColumnSummary:
    order = np.argsort(-np.where(inferred.missing, 0, column.counts), kind="stable")[:EXAMPLES]
    frequent = {
        column.distinct[int(index)].as_py(): int(column.counts[index]) for index in order if not inferred.missing[index]
    }
    title = {MARKS: "several of two classes each", "": ""}.get(inferred.kind)
    kind = inferred.kind if title is None else title
    return ColumnSummary(
        column.name,
        kind,
        inferred.reason,
        tuple(frequent),
        frequent,
        int(column.counts[inferred.missing].sum()),
        tasks,
        inferred.question,
        inferred.values,
    )


def sentence(summary: ColumnSummary) -> str:
    """The sentence on what was made of a column."""
    if not summary.kind:
        return f"{summary.name} is left out: {summary.reason}."
    titles = {kind: kind_named(kind).title for kind in ("regression", "binary", "classes")}
    return f"{summary.name} is {titles.get(summary.kind, summary.kind)}: {summary.reason}."
