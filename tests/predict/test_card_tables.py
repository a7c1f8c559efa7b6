"""A card's tables: wide for a few tasks, long for many, and readable with any names."""

import pytest

from mtldemo.predict.card_tables import figure_text, measured_tables
from mtldemo.predict.measure import ALL, Figure, Group, Measured
from mtldemo.tasks import BINARY, REGRESSION, Task
from mtldemo.ui.card_text import markdown_table

PRICE = Task("price", "Price", REGRESSION, low=0, high=1_000_000, unit="EUR")
SEX = Task("sex", "Sex", BINARY, classes=("m|x", "f"), sensitive=True)
MARKS = [Task(f"mark_{number}", f"Mark {number}", BINARY, classes=("no", "yes")) for number in range(38)]
TASKS = [PRICE, SEX, *MARKS]
RIGHT = Figure(0.5, 0.4, 0.6, 10)


def group(kind: str, name: str, tasks: list[Task], count: int) -> Group:
    figures = {task.name: RIGHT if task.classes else Figure(12345.678, 12000, 13000, 10) for task in tasks}
    return Group(kind, name, count, figures, {PRICE.name: Figure(0.8, 0.7, 0.9, 10)})


def measured(tasks: list[Task]) -> Measured:
    groups = [group(task.name, label, tasks, 5) for task in tasks for label in task.classes]
    return Measured("test", 10, {}, (group(ALL, "all", tasks, 10), *groups), {})


@pytest.mark.parametrize("number", [1, 2, 8, 9, 40])
def test_no_table_is_wider_than_a_few_columns(number: int) -> None:
    blocks = measured_tables(measured(TASKS[:number]), TASKS[:number]).split("\n\n")
    tables = [table for table in map(markdown_table, blocks) if table is not None]
    assert max(table.shape[1] for table in tables) <= 2 + 8 + 1
    assert sum(table.size for table in tables) < 700
    names = {cell for table in tables for cell in (*table.columns, *table.iloc[:, 0])}
    assert all(any(name.startswith(task.title) for name in names) for task in TASKS[:number])


def test_of_many_tasks_each_has_a_row_and_a_sensitive_ones_groups_have_all() -> None:
    blocks = measured_tables(measured(TASKS), TASKS).split("\n\n")
    everything, by_sex, by_label = (table for table in map(markdown_table, blocks) if table is not None)
    assert everything.iloc[0].tolist() == ["Price", "10", "12,346 (12,000 to 13,000)", "80.0 % (70.0 to 90.0)"]
    assert by_sex.columns.tolist() == ["By sex", "m|x (5)", "f (5)"]
    assert len(by_sex) == len(TASKS)
    assert by_label.iloc[0].tolist() == ["Sex", "m|x", "5", "50.0 % (40.0 to 60.0)"]


def test_digits_suit_the_range_of_a_task() -> None:
    figure = Figure(0.5, 0.25, 0.75, 4)
    age = Task("age", "Age", REGRESSION, low=0, high=116)
    share = Task("share", "Share", REGRESSION, low=0, high=1)
    assert [figure_text(figure, task) for task in (age, share)] == ["0.50 (0.25 to 0.75)", "0.5000 (0.2500 to 0.7500)"]
