from typing import Annotated

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.settings import Setting, field_named, settings_of


class Method:
    def __init__(
        self,
        tasks: list,
        *,
        speed: Annotated[float, Setting("Speed", low=0, high=10, unit="km/h")] = 2.0,
        count: Annotated[int, Setting("Count", low=1)] = 3,
        on: Annotated[bool, Setting("On")] = True,
        form: Annotated[str, Setting("Form", choices=("a", "b"))] = "a",
        names: Annotated[tuple[str, ...], Setting("Names")] = ("x",),
        weights: Annotated[dict[str, float], Setting("Weights", low=0)] = {},  # noqa: B006
        plain: int = 1,
    ) -> None: ...


FIELDS = {field.name: field for field in settings_of(Method)}


def test_reads_the_signature_in_order_and_leaves_out_what_is_no_setting() -> None:
    assert list(FIELDS) == ["speed", "count", "on", "form", "names", "weights"]
    assert [field.kind for field in FIELDS.values()] == [float, int, bool, str, tuple, dict]
    assert FIELDS["speed"].default == 2.0
    assert FIELDS["weights"].item is float


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("speed", "0.5", 0.5),
        ("speed", " 1e1 ", 10.0),
        ("count", "12", 12),
        ("count", "1e3", 1000),
        ("count", "9007199254740993", 9007199254740993),
        ("on", "No", False),
        ("form", "b", "b"),
        ("names", "a, b", ("a", "b")),
        ("names", "", ()),
        ("weights", "age=0.1,gender:2", {"age": 0.1, "gender": 2.0}),
    ],
)
def test_parses_texts(name: str, text: str, value: object) -> None:
    parsed = FIELDS[name].parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("speed", "11", "expected 0 to 10 km/h, found 11"),
        ("speed", "nan", "expected a number"),
        ("speed", "fast", "expected a number, found 'fast'"),
        ("count", "0", "expected at least 1, found 0"),
        ("count", "1.5", "expected a whole number"),
        ("on", "maybe", "expected true or false"),
        ("form", "c", "expected one of a, b"),
        ("weights", "age", "expected name=value pairs"),
        ("weights", "age=-1", "expected at least 0"),
    ],
)
def test_says_what_was_expected(name: str, text: str, words: str) -> None:
    with pytest.raises(MtlDemoError, match=words) as caught:
        FIELDS[name].parse(text)
    assert str(caught.value).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [("count", True), ("count", "3"), ("on", 1), ("form", 3), ("names", "a"), ("weights", [1]), ("speed", None)],
)
def test_checks_the_type_of_values(name: str, value: object) -> None:
    with pytest.raises(MtlDemoError, match=f"{name}: expected"):
        FIELDS[name].check(value)


def test_a_whole_float_is_a_whole_number() -> None:
    assert FIELDS["count"].check(4.0) == 4
    assert isinstance(FIELDS["speed"].check(4), float)


def test_names_the_choices_when_there_is_no_such_setting() -> None:
    assert field_named(Method, "on", "Method") is not None
    with pytest.raises(MtlDemoError, match="Method has no setting 'plain'; it has: speed, count"):
        field_named(Method, "plain", "Method")
