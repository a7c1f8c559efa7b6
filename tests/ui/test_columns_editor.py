"""What is changed in the table of columns is what is read, whatever was chosen or written before."""

from pathlib import Path
from typing import Any

import pytest

from mtldemo.config import DataConfig
from mtldemo.data import loading
from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import Task
from mtldemo.ui.columns_editor import changed_choices, editor_rows, write_choices

ROWS = 24
CELLS = {
    "Skin Type": lambda number: "abc"[number % 3],
    "skin": lambda number: "xy"[number % 2],
    "Skin": lambda number: "pqr"[number // 2 % 3],
    "score": lambda number: "de"[number // 3 % 2],
    "score_label": lambda number: "fg"[number // 4 % 2],
    "price": lambda number: f"{1.5 * number}",
    "marks": lambda number: ("m|n", "m")[number % 2],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ``labels.csv`` whose columns' names are near each other and their tasks'."""
    lines = [",".join(("path", *CELLS))]
    for number in range(ROWS):
        (tmp_path / f"{number}.png").write_bytes(b"picture")
        lines.append(",".join((f"{number}.png", *(cell(number) for cell in CELLS.values()))))
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    return tmp_path


def read(folder: Path, choices: TaskChoices | None = None) -> LabelledSource:
    labels = {} if choices is None else choices.to_dict()
    return loading.open_labelled(DataConfig(source=str(folder), labels=labels))


def changed(source: LabelledSource, column: str, choices: TaskChoices | None = None, **cells: Any) -> TaskChoices:
    before = editor_rows(source.columns, source.labels.tasks)
    after = [row | cells if row["Column"] == column else row for row in before]
    return changed_choices(before, after, source.columns, choices or TaskChoices())


def task_of(source: LabelledSource, column: str) -> Task:
    (summary,) = [summary for summary in source.columns if summary.name == column]
    return source.labels.tasks.named(summary.tasks[0])


def plain(title: str) -> str:
    """A title without what tells it from the same one of another task."""
    return title.partition(" (")[0]


@pytest.mark.parametrize("column", [name for name in CELLS if name != "marks"])
def test_a_change_is_of_one_column_also_after_it_was_written(folder: Path, column: str) -> None:
    source = read(folder)
    before = source.labels.tasks
    assert len({task.title for task in before}) == len(before)
    for title in ("First", "Second"):
        choices = changed(source, column, Title=title)
        changed_now = read(folder, choices)
        expected = [title if task == task_of(source, column) else task.title for task in source.labels.tasks]
        assert [plain(task.title) for task in changed_now.labels.tasks] == [plain(words) for words in expected]
        write_choices(folder, changed_now, choices)
        source = read(folder)
        assert source.labels.tasks == changed_now.labels.tasks


def test_what_a_file_says_can_be_undone(folder: Path) -> None:
    (folder / "tasks.toml").write_text(
        '[tasks.price]\nunit = "EUR"\nlow = -5\nmissing = ["3.0"]\n[tasks."Skin Type"]\nleft_out = true\n'
    )
    source = read(folder)
    assert (task_of(source, "price").unit, task_of(source, "price").low) == ("EUR", -5)
    cells = {"Unit": "", "From": None, "Means no label": []}
    choices = changed(source, "price", changed(source, "Skin Type", Kind="classes"), **cells)
    source = read(folder, choices)
    assert (task_of(source, "price").unit, task_of(source, "price").low) == ("", 0)
    assert task_of(source, "Skin Type").classes == ("a", "b", "c")
    assert [summary.missing for summary in source.columns if summary.name == "price"] == [0]


def test_several_marks_in_a_cell_are_chosen_again(folder: Path) -> None:
    source = read(folder)
    ((kind, tasks),) = [(summary.kind, summary.tasks) for summary in source.columns if summary.name == "marks"]
    assert tasks == ("marks_m", "marks_n")
    choices = changed(source, "marks", Kind="classes")
    other = read(folder, choices)
    assert task_of(other, "marks").classes == ("m", "m|n")
    assert read(folder, changed(other, "marks", choices, Kind=kind)).labels.tasks == source.labels.tasks
    write_choices(folder, source, TaskChoices())
    assert read(folder).labels.tasks == source.labels.tasks
    with pytest.raises(MtlDemoError, match="price can't be several of two classes each"):
        changed(source, "price", Kind=kind)


def test_every_class_has_a_name(folder: Path) -> None:
    with pytest.raises(MtlDemoError, match="A class of skin has no name"):
        read(folder, changed(read(folder), "skin", Classes=["x", " "]))
