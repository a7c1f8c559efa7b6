"""Tasks as data: what can be one, and to JSON and back."""

import json

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.tasks import AGE, BINARY, CLASSES, REGRESSION, UTKFACE, Task, TaskSet

PRICE = Task("price", "Price", REGRESSION, low=0, high=1e6, unit="EUR")
SOLD = Task("sold", "Sold", BINARY, classes=("no", "yes"))
COLOUR = Task("colour", "Colour", CLASSES, classes=("red", "pink", "white"), sensitive=True)
TASKS = TaskSet((PRICE, SOLD, COLOUR))


def test_a_task_is_filled_from_its_kind() -> None:
    assert (PRICE.loss, PRICE.metric, PRICE.tolerance, PRICE.spread) == ("l1", "mae", 50_000, 25_000)
    assert [(measure.name, measure.unit) for measure in PRICE.measures.values()] == [("mae", "EUR"), ("within", "%")]
    assert (SOLD.loss, COLOUR.loss, COLOUR.metric) == ("bce", "cross_entropy", "accuracy")
    assert (PRICE.higher_is_better, SOLD.higher_is_better) == (False, True)


@pytest.mark.parametrize("tasks", [TASKS, UTKFACE], ids=repr)
def test_tasks_go_to_json_and_back(tasks: TaskSet) -> None:
    assert TaskSet.from_list(json.loads(json.dumps(tasks.to_list()))) == tasks


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "a.b"}, "a-z, 0-9 and _"),
        ({"name": "a|b"}, "a-z, 0-9 and _"),
        ({"name": "x" * 200}, "at most 64"),
        ({"name": "Sold"}, "a-z, 0-9 and _"),
        ({"kind": "words"}, "choose from regression, binary, classes"),
        ({"kind": REGRESSION, "low": 3, "high": 3}, "from a number to a larger one"),
        ({"kind": REGRESSION, "high": float("inf")}, "from a number to a larger one"),
        ({"kind": REGRESSION, "bins": 1}, "2 to 1000"),
        ({"kind": BINARY, "classes": ["a"]}, "two classes, found 1"),
        ({"kind": BINARY, "classes": ["a", "a"]}, "one name"),
        ({"kind": CLASSES, "classes": ["a", "b"]}, "3 to 1000, found 2"),
        ({"kind": CLASSES, "classes": ["a", "b", "a"]}, "twice"),
        ({"loss": "bce", "kind": REGRESSION}, "no loss 'bce'"),
        ({"low": "none", "kind": REGRESSION}, "low can't be 'none'"),
        ({"classes": [1, 2], "kind": BINARY}, "classes can't be"),
    ],
)
def test_what_cannot_be_a_task_is_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(MtlDemoError, match=words):
        Task.from_dict({"name": "a", "title": "A", "kind": BINARY, "classes": ["no", "yes"], **values})


def test_a_set_knows_its_tasks() -> None:
    assert TASKS.names == ("price", "sold", "colour")
    assert "sold" in TASKS
    assert SOLD in TASKS
    assert TASKS.chosen(["colour", "price"], {"price": "mse"}).names == ("price", "colour")
    assert TASKS.chosen(["colour", "price"], {"price": "mse"}).named("price").loss == "mse"
    for names, losses, words in (
        (["weight"], {}, "There is no task 'weight'; choose from price, sold, colour"),
        (["sold", "sold"], {}, "named twice"),
        ([], {}, "at least one task of price, sold, colour"),
        (["sold"], {"sold": "l1"}, "Sold has no loss 'l1'"),
    ):
        with pytest.raises(MtlDemoError, match=words):
            TASKS.chosen(names, losses)
    with pytest.raises(MtlDemoError, match="Two tasks are called sold"):
        TaskSet((SOLD, SOLD))


def test_a_sentence_calls_a_task_by_its_title_in_lower_case_but_for_words_with_capitals_of_their_own() -> None:
    titles = {"Age": "age", "Dogs breed": "dogs breed", "BMI": "BMI", "Level of HbA1c": "level of HbA1c"}
    assert {title: Task("any", title, REGRESSION).in_sentence for title in titles} == titles


def test_figures_have_thousands_separators_and_as_many_digits_as_their_range_asks_for() -> None:
    assert PRICE.measure.shown(164485.664) == "164,485.66 EUR"
    assert PRICE.measures["within"].title == "within 50,000 EUR"
    assert AGE.measure.shown(5.8) == "5.80 years"
    assert Task("dose", "Dose", REGRESSION, high=0.05, unit="g").measure.shown(0.001234) == "0.0012 g"
