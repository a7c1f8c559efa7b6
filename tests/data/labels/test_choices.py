import json

import pytest

from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.tasks_toml import from_toml, to_toml
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import Task

CHOICES = TaskChoices(
    {
        "a.b|c": ColumnChoice(kind="regression", low=0.0, high=2.5, unit="kg", missing=()),
        "d": ColumnChoice(left_out=True),
        "e f": ColumnChoice(names={"0": "rose", "-1": 'a "daisy"'}),
    },
    path="file",
    header=False,
    names=("file", "a.b|c", "d"),
)


def test_choices_survive_json() -> None:
    assert TaskChoices.from_dict(json.loads(json.dumps(CHOICES.to_dict()))) == CHOICES


def test_a_written_file_is_read_as_the_same_choices() -> None:
    colour = Task("colour", 'A "colour"', "classes", classes=("red", "grün", "b\\c"))
    read = from_toml(to_toml(CHOICES, {"colour": colour}).encode(), "tasks.toml")
    assert read.columns["a.b|c"] == CHOICES.columns["a.b|c"]
    assert read.columns["d"].left_out
    assert read.columns["e f"] == CHOICES.columns["e f"]
    assert read.columns["colour"].classes == colour.classes
    assert read.columns["colour"].title == colour.title
    assert (read.path, read.header, read.names) == (CHOICES.path, False, CHOICES.names)


WRONG = {
    "[tasks.x]\nkind = 'number'": "no kind of task 'number'",
    "[tasks.x]\nlow = 'a'": "low can't be 'a'",
    "[tasks.x]\nsize = 3": "no setting 'size'",
    "[other]\nx = 3": "found other",
    "[tasks.x]\noffset = inf": "offset can't be inf",
    "[data]\ndelimiter = 'ab'": "A delimiter is one character",
    "[data]\npictures = 'cats'": "must be faces or whole",
    '[data]\nroot = "a\\u0000"': "folder of the pictures can't be",
    "x = ": "can't be read as TOML",
    "x = " + "[" * 5000: "too deep in each other",
    "x = " + "9" * 5000: "can't be read as TOML: Exceeds the limit",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_a_file_says_wrongly(text: str) -> None:
    with pytest.raises(MtlDemoError, match=WRONG[text]) as error:
        from_toml(text.encode(), "tasks.toml")
    assert str(error.value).startswith("tasks.toml")
