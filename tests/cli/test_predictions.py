"""The table that ``predict`` prints, for any number of tasks."""

import numpy as np
import pytest

from mtldemo.cli import predictions
from mtldemo.predict.answers import ClassAnswer, FaceAnswer, PictureAnswer, RegressionAnswer
from mtldemo.predict.detect import Face
from mtldemo.predict.domain import WHOLE_PICTURES
from mtldemo.tasks import BINARY, REGRESSION, Task

PRICE = Task("price", "Price", REGRESSION, low=0, high=1_000_000)
NUMBERS = tuple(Task(f"long_name_{number}", f"A long name {number}", REGRESSION, low=0, high=9) for number in range(7))
MARKS = tuple(Task(f"mark_{number}", f"Mark {number}", BINARY, classes=("0", "1")) for number in range(40))


def answer_of(tasks: tuple[Task, ...]) -> PictureAnswer:
    answers = {
        task.name: ClassAnswer("1", {"0": 0.25, "1": 0.75}, threshold=0.8)
        if task.classes
        else RegressionAnswer(123456.0, (100000.0, 200000.0), np.empty(0))
        for task in tasks
    }
    face = FaceAnswer(Face(0, 0, 9, 9), {"m": answers}, ("grey",), whole=True)
    return PictureAnswer("a.png", (face,), (9, 9), domains={"m": WHOLE_PICTURES}, tasks={"m": tasks})


@pytest.mark.parametrize(
    ("tasks", "rows"), [((PRICE, MARKS[0]), 1), (NUMBERS, 7), (MARKS, 40)], ids=["few", "wide", "many"]
)
def test_tasks_are_columns_where_there_is_room_and_else_rows(
    tasks: tuple[Task, ...], rows: int, capsys: pytest.CaptureFixture[str]
) -> None:
    predictions.print_table([answer_of(tasks), answer_of(tasks)])
    text = capsys.readouterr().out
    assert len([line for line in text.splitlines() if "│" in line]) == 2 * rows
    # A picture's name and notes stand in its first row alone.
    assert text.count("a.png") == text.count("grey") == 2
    assert text.count("not sure (1, 75 %)") == 2 * sum(bool(task.classes) for task in tasks)
    assert all(task.title in text for task in tasks)
