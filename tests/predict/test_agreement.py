"""How far models of any tasks agree: in a sentence, by task, and from the largest difference on."""

from dataclasses import dataclass

import numpy as np
import pytest

from mtldemo.predict.agreement import agreement, answer_difference, answers_by_task, most_different, task_tables
from mtldemo.predict.answers import Answers, ClassAnswer, RegressionAnswer
from mtldemo.tasks import BINARY, CLASSES, REGRESSION, Task

PRICE = Task("price", "Price", REGRESSION, low=0, high=1000, unit="EUR")
KIND = Task("kind", "Kind", CLASSES, classes=("rose", "daisy", "tulip"))
MARKS = [Task(f"mark_{number}", f"Mark {number}", BINARY, classes=("0", "1")) for number in range(40)]


@dataclass(frozen=True)
class Model:
    name: str
    seed: float = float("nan")

    @property
    def key(self) -> str:
        return self.name

    @property
    def arm(self) -> str:
        return self.name


def mark(share: float, threshold: float = 0.0) -> ClassAnswer:
    return ClassAnswer("1" if share >= 0.5 else "0", {"0": 1 - share, "1": share}, threshold)


MODELS = (Model("a"), Model("b"))
FEW: dict[str, Answers] = {
    "a": {
        "price": RegressionAnswer(100.0, (50.0, 150.0), np.empty(0), "EUR"),
        "kind": ClassAnswer("rose", {"rose": 0.8, "daisy": 0.2}),
    },
    "b": {"price": RegressionAnswer(300.0, None, np.empty(0), "EUR"), "mark_0": mark(0.9)},
}
MANY: dict[str, Answers] = {
    "a": {task.name: mark(0.9) for task in MARKS},
    "b": {task.name: mark(0.9 if number else 0.3, threshold=0.95) for number, task in enumerate(MARKS[:-1])},
}


def test_a_sentence_names_its_task_and_what_one_model_answers_alone() -> None:
    tasks = (PRICE, KIND, MARKS[0])
    assert agreement(task_tables(MODELS, FEW, tasks), tasks, item="picture") == (
        "2 models looked at this picture. Price goes from **100 to 300 EUR**, the middle answer is 200. "
        "Only one of them answers Kind and Mark 0."
    )


def test_models_that_share_no_question_are_said_to() -> None:
    answers: dict[str, Answers] = {"a": {"kind": FEW["a"]["kind"]}, "b": {"mark_0": mark(0.9)}}
    tasks = (KIND, MARKS[0])
    assert agreement(task_tables(MODELS, answers, tasks), tasks).endswith("No two of them answer the same question.")


def test_of_many_tasks_it_is_counted_and_the_most_different_are_named() -> None:
    tables = task_tables(MODELS, MANY, MARKS)
    words = agreement(tables, MARKS)
    assert "They say the same in **38 of 39 tasks** with classes. They differ most on Mark 0, " in words
    assert words.endswith("Only one of them answers Mark 39.")
    order = most_different(tables, MARKS)
    assert (order[0].name, order[-1].name, len(order)) == ("mark_0", "mark_39", 40)
    table = answers_by_task(tables, order)
    assert table.columns.tolist() == ["Task", "Difference, %", "a", "b"]
    assert table.iloc[0].tolist() == ["Mark 0", 60.0, "1 90 %", "0? 70 %"]
    assert table.iloc[-1]["b"] is None or np.isnan(table.iloc[-1]["b"])


@pytest.mark.parametrize(("task", "expected"), [(PRICE, 0.2), (KIND, float("nan"))])
def test_a_difference_is_a_share_of_the_range(task: Task, expected: float) -> None:
    table = task_tables(MODELS, FEW, (task,))[task.name]
    assert answer_difference(table, task) == pytest.approx(expected, nan_ok=True)
